// Which part of a Llama one of several ranks holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "artifacts/model/llama_weights.h"

/// From `begin` up to, without, `end`.
struct Range {
  int begin = 0;
  int end = 0;
  int size() const { return end - begin; }
};

/// The `index`-th of `parts` nearly equal parts of `whole`.
inline Range part_of(int whole, int index, int parts) {
  const auto cut = [&](long long i) { return static_cast<int>(whole * i / parts); };
  return {cut(index), cut(index + 1)};
}

/// Part of a matrix that is stored row by row.
struct MatrixPart {
  size_t width = 0;  // of a whole row
  Range rows;
  Range columns;

  size_t size() const { return static_cast<size_t>(rows.size()) * columns.size(); }

  /// Calls read(first, count) for each piece that lies in one; `first` counts from the matrix's
  /// first element.
  template <class Read>
  void for_each_piece(Read read) const {
    if (static_cast<size_t>(columns.size()) == width) return read(rows.begin * width, size());
    for (size_t row = rows.begin; row < static_cast<size_t>(rows.end); ++row) {
      read(row * width + columns.begin, static_cast<size_t>(columns.size()));
    }
  }
};

/// Megatron-LM (Shoeybi et al., 2019, section 3): heads, the channels of the feed-forward layer and
/// the vocabulary are divided. A key/value head stays with the query heads that read it; when there
/// are more ranks than such heads, several ranks hold copies of one and divide its query heads.
struct LlamaPart {
  int dim = 0;
  int head_dim = 0;
  Range heads;
  Range kv_heads;
  Range ffn;
  Range vocabulary;

  /// Throws std::runtime_error when some rank would be left without a head.
  LlamaPart(const LlamaConfig& whole, int rank, int ranks)
      : dim(whole.dim), head_dim(whole.head_dim) {
    if (ranks > std::min({whole.heads, whole.ffn_dim, whole.vocab_size})) {
      throw std::runtime_error("the model's " + std::to_string(whole.heads) +
                               " heads cannot be divided among " + std::to_string(ranks) +
                               " ranks: start fewer");
    }
    const int group = whole.heads / whole.kv_heads;
    if (ranks <= whole.kv_heads) {
      kv_heads = part_of(whole.kv_heads, rank, ranks);
      heads = {kv_heads.begin * group, kv_heads.end * group};
    } else {
      const auto first_of = [&](int kv_head) {  // rank that holds it
        return (kv_head * ranks + whole.kv_heads - 1) / whole.kv_heads;
      };
      const int kv_head = rank * whole.kv_heads / ranks, first = first_of(kv_head);
      const Range shared = part_of(group, rank - first, first_of(kv_head + 1) - first);
      kv_heads = {kv_head, kv_head + 1};
      heads = {kv_head * group + shared.begin, kv_head * group + shared.end};
    }
    ffn = part_of(whole.ffn_dim, rank, ranks);
    vocabulary = part_of(whole.vocab_size, rank, ranks);
  }

  /// Of weights that make heads or channels, whose rows are divided.
  MatrixPart rows_of(Range part, int each = 1) const {
    return {static_cast<size_t>(dim), {part.begin * each, part.end * each}, {0, dim}};
  }

  /// Of weights that read heads or channels, whose columns are divided.
  MatrixPart columns_of(Range part, size_t width, int each = 1) const {
    return {width, {0, dim}, {part.begin * each, part.end * each}};
  }
};
