// A key/value cache whose heads keep different numbers of tokens.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add_rows.h"
#include "artifacts/cache/row_terms.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "copy_rows.h"
#include "embed.h"
#include "rope.h"
#include "rope_angles.h"
#include "row_term.h"
#include "store_ragged.h"

/// One layer of RaggedKv. Its heads lie one behind the other: the tokens that a head keeps, then
/// `room` rows for those to come.
struct RaggedKvLayer {
  Buffer<float> memory;       // (2, begins.back(), head_dim): keys with RoPE applied, then values
  std::vector<int> begins;    // of each head the row of its slot 0, and behind them the end
  Buffer<int> device_begins;  // the same
  int room = 0;               // rows; a token takes one of each head, so all run out at once
  int length = 0;             // tokens that a head keeps, on average
  int next_position = 0;      // of the next token: what is dropped does not lower it
};

/// The layout of Ada-KV (Feng et al., 2024): each head takes memory for what it keeps. While all
/// keep equally many tokens, keys and values lie as in any other cache.
/// law: room_is_used_before_rows_move
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct RaggedKv : coop::Artifact {
  int chunk = 64;  ///< Tokens of each head that memory grows by, at least; range 1..1024.

  /// Memory holds what is kept, and never much more.
  COOP_INVARIANT(std::all_of(layers.begin(), layers.end(), [this](const RaggedKvLayer& kv) {
    return kv.room >= 0 && kv.room <= kv.length / 8 + 3 * chunk && kv.length <= kv.next_position;
  }));

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.chunk < 1) throw std::runtime_error("kv_cache.chunk must be at least 1");
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.layers = std::vector<RaggedKvLayer>(layers);
    for (RaggedKvLayer& kv : self.layers) kv.begins.resize(kv_heads + 1);
    self.hooks.after_reset();
  }

  /// Tokens that a head of `layer` keeps, on average over the heads of all ranks.
  [[coop::same]] int length(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].length;
  }

  /// Tokens that this head of `layer` keeps.
  int head_length(this auto& self, int layer, int head) {
    COOP_EXPECTS(self.has_layer(layer) && head >= 0 && head < self.kv_heads);
    const RaggedKvLayer& kv = self.layers[layer];
    return kv.begins[head + 1] - kv.begins[head] - kv.room;
  }

  /// Position of the token that `layer` is given next: how many it has been given so far.
  [[coop::same]] int next_position(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].next_position;
  }

  /// Rows from one head to the next, where all heads keep equally many tokens.
  /// example: rows 3; capacity(0) -> 67
  /// example: {chunk 4} rows 1 4; capacity(0) -> 5
  /// example: {chunk 4} rows 1 5; capacity(0) -> 10
  /// example: {chunk 1} rows 16 2; capacity(0) -> 20
  int capacity(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    const std::vector<int>& begins = self.layers[layer].begins;
    for (int head = 0; head < self.kv_heads; ++head) {
      if (begins[head] == head * begins[1]) continue;
      throw std::runtime_error("kv_cache: the heads of layer " + std::to_string(layer) +
                               " keep different numbers of tokens, which " +
                               "--with Attention=RaggedAttention and Compressor=AdaKv can read");
    }
    return begins[1];
  }

  /// Keys of all heads, one head behind the other: (begins(layer)[kv_heads], head_dim), valid until
  /// the next append or keep. With equally many in each, that is (kv_heads, capacity, head_dim).
  float* keys(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].memory.data();
  }

  /// Values of `layer`, as keys().
  float* values(this auto& self, int layer) {
    const size_t rows = self.layers[layer].begins.back();
    return self.keys(layer) + rows * self.head_dim;
  }

  /// Keys of one head: (head_length, head_dim).
  float* head_keys(this auto& self, int layer, int head) {
    COOP_EXPECTS(self.has_layer(layer) && head >= 0 && head < self.kv_heads);
    const size_t row = self.layers[layer].begins[head];
    return self.keys(layer) + row * self.head_dim;
  }

  /// Of each head the row with which it begins, and behind them the end: (kv_heads + 1), on the
  /// device.
  const int* begins(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].device_begins.data();
  }

  /// Rows that are free behind the tokens of each head.
  int room(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].room;
  }

  /// Bytes allocated for the keys and values of all layers.
  /// except: same_on_any_ranks (more ranks than key/value heads hold copies)
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = 0;
    for (const RaggedKvLayer& kv : self.layers) sum += kv.memory.bytes();
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    RaggedKvLayer& kv = self.layers[layer];
    if (count > kv.room) {
      const int spare = std::max(self.chunk, kv.length / 8);
      self.reallocate(layer, self.all_slots(layer), count + spare);
    }
    store_ragged(self.device, self.keys(layer), keys, self.begins(layer), kv.room, count,
                 self.kv_heads, self.head_dim);
    store_ragged(self.device, self.values(layer), values, self.begins(layer), kv.room, count,
                 self.kv_heads, self.head_dim);
    kv.room -= count;
    kv.length += count;
    kv.next_position += count;
  }

  /// Keeps these slots and drops the others: of each head its own, ascending, equally many.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    self.keep_ragged(layer, slots, slots.empty() ? 0 : static_cast<int>(slots.front().size()));
  }

  /// Keeps these slots and drops the others: of each head its own, ascending, as many as there are.
  /// `length` is how many a head keeps on average over all ranks.
  void keep_ragged(this auto& self, int layer, const std::vector<std::vector<int>>& slots,
                   int length) {
    self.check_slots(layer, slots);
    self.reallocate(layer, slots, self.chunk);
    self.layers[layer].length = length;
  }

  /// Drops a token of each head, and puts the newest into its slot, as ContiguousKv does.
  void put_newest(this auto& self, int layer, const std::vector<int>& slots) {
    COOP_EXPECTS(self.has_layer(layer));
    RaggedKvLayer& kv = self.layers[layer];
    std::vector<std::vector<int>> one_of_each;
    for (const int slot : slots) one_of_each.push_back({slot});
    self.check_slots(layer, one_of_each);
    std::vector<int> rows;  // the keys' and the values' that are written, then those that are read
    for (const int behind : {0, kv.begins.back()}) {
      for (int head = 0; head < self.kv_heads; ++head) {
        rows.push_back(behind + kv.begins[head] + slots[head]);
      }
    }
    for (const int behind : {0, kv.begins.back()}) {
      for (int head = 0; head < self.kv_heads; ++head) {
        rows.push_back(behind + kv.begins[head + 1] - kv.room - 1);
      }
    }
    Buffer<int> device_rows(self.device, rows.size());
    device_rows.upload(rows.data(), rows.size());
    const int count = 2 * self.kv_heads;
    copy_rows(self.device, self.keys(layer), device_rows.data(), device_rows.data() + count, count,
              self.head_dim);
    ++kv.room;
    --kv.length;
    if (kv.room > kv.length / 8 + 3 * self.chunk) {
      self.reallocate(layer, self.all_slots(layer), self.chunk);
    }
  }

  /// Of each head, term by term: adds `weight` times the value in slot `from` to that in slot `to`,
  /// as ContiguousKv does.
  void add_to_values(this auto& self, int layer, const std::vector<std::vector<RowTerm>>& terms) {
    std::vector<int> lengths;
    for (int head = 0; head < self.kv_heads; ++head) {
      lengths.push_back(self.head_length(layer, head));
    }
    check_terms(terms, lengths);
    std::vector<std::vector<RowTerm>> of_rows = terms;  // counted from the first head's slot 0
    for (int head = 0; head < self.kv_heads; ++head) {
      const int begin = self.layers[layer].begins[head];
      for (RowTerm& term : of_rows[head]) term = {begin + term.from, begin + term.to, term.weight};
    }
    const Buffer<RowTerm> rows = device_terms(self.device, of_rows);
    add_rows(self.device, self.values(layer), rows.data(), self.kv_heads,
             static_cast<int>(rows.size()) / self.kv_heads, self.head_dim, 0);
  }

  /// Turns the keys of each head by RoPE, each as if its token stood so many positions later: `by`
  /// has a number for each of the head's slots.
  void turn_keys(this auto& self, int layer, const std::vector<std::vector<int>>& by) {
    COOP_EXPECTS(self.has_layer(layer) && static_cast<int>(by.size()) == self.kv_heads);
    const int head_dim = self.head_dim;
    for (int head = 0; head < self.kv_heads; ++head) {
      const int length = self.head_length(layer, head);
      Buffer<int> positions(self.device, length);
      positions.upload(by[head].data(), length);
      Buffer<float> angles(self.device, static_cast<size_t>(length) * head_dim);
      rope_angles(self.device, angles.data(), positions.data(), length, head_dim,
                  self.model.config.rope_theta, self.model.config.rope_scaling);
      rope(self.device, self.head_keys(layer, head), angles.data(), length, 1, head_dim, head_dim,
           head_dim, self.model.config.rope_layout == RopeLayout::kInterleaved);
    }
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  std::vector<std::vector<int>> all_slots(this auto& self, int layer) {
    std::vector<std::vector<int>> slots(self.kv_heads);
    for (int head = 0; head < self.kv_heads; ++head) {
      slots[head].resize(self.head_length(layer, head));
      std::iota(slots[head].begin(), slots[head].end(), 0);
    }
    return slots;
  }

  void check_slots(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    bool fine = static_cast<int>(slots.size()) == self.kv_heads;
    for (int head = 0; fine && head < self.kv_heads; ++head) {
      int least = 0;
      for (const int slot : slots[head]) {
        fine = fine && slot >= least && slot < self.head_length(layer, head);
        least = slot + 1;
      }
    }
    if (fine) return;
    throw std::out_of_range("kv_cache: keep wants slots of each of " +
                            std::to_string(self.kv_heads) +
                            " heads, which it has, in ascending order");
  }

  /// Gives `layer` memory for these slots of each head and `room` rows behind them.
  void reallocate(this auto& self, int layer, const std::vector<std::vector<int>>& slots,
                  int room) {
    RaggedKvLayer& kv = self.layers[layer];
    std::vector<int> rows, begins = {0};
    for (int head = 0; head < self.kv_heads; ++head) {
      for (const int slot : slots[head]) rows.push_back(kv.begins[head] + slot);
      rows.resize(rows.size() + room);  // any row will do
      begins.push_back(static_cast<int>(rows.size()));
    }
    const size_t size = rows.size() * self.head_dim;
    Buffer<float> memory(self.device, 2 * size);
    if (!kv.memory.empty()) {  // embed() copies, row by row, the row that is named
      const int count = static_cast<int>(rows.size());
      Buffer<int> device_rows(self.device, count);
      device_rows.upload(rows.data(), count);
      embed(self.device, memory.data(), self.keys(layer), device_rows.data(), count, self.head_dim);
      embed(self.device, memory.data() + size, self.values(layer), device_rows.data(), count,
            self.head_dim);
    }
    kv.memory = std::move(memory);
    kv.device_begins = Buffer<int>(self.device, begins.size());
    kv.device_begins.upload(begins.data(), begins.size());
    kv.begins = std::move(begins);
    kv.room = room;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<RaggedKvLayer> layers;
};
