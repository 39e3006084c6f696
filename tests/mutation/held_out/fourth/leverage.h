// Leverage scores: keys that others cannot replace stay.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "artifacts/model/llama_weights.h"
#include "buffer.h"

/// k' (K'K + r I)^-1 k of each key k, a row of K (count, size). The ridge r is a thousandth of the
/// mean of K'K's diagonal, so that fewer keys than channels are no trouble.
inline std::vector<double> leverage_scores(const float* keys, int count, int size) {
  std::vector<double> gram(static_cast<size_t>(size) * size);  // its lower half, then Cholesky's
  double trace = 0.0;
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = 0.0;
      for (int row = 0; row < count; ++row) {
        sum += static_cast<double>(keys[row * size + i]) * keys[row * size + j];
      }
      gram[i * size + j] = sum;
    }
    trace += gram[i * size + i];
  }
  const double ridge = std::max(1e-3 * trace / size, 1e-30);
  for (int i = 0; i < size; ++i) {
    gram[i * size + i] += ridge;
    for (int j = 0; j <= i; ++j) {
      double rest = gram[i * size + j];
      for (int k = 0; k < j; ++k) rest -= gram[i * size + k] * gram[j * size + k];
      gram[i * size + j] = i == j ? std::sqrt(std::max(rest, ridge)) : rest / gram[j * size + j];
    }
  }
  std::vector<double> scores(count), solved(size);
  for (int row = 0; row < count; ++row) {  // |L^-1 k|^2
    for (int i = 0; i < size; ++i) {
      double rest = keys[row * size + i];
      for (int k = 0; k < i; ++k) rest -= gram[i * size + k] * solved[k];
      solved[i] = rest / gram[i * size + i];
      scores[row] += solved[i] * solved[i];
    }
  }
  return scores;
}

/// Compactor's leverage scores (Chari and Van Durme, 2025), exact: of a prompt that was read, each
/// head keeps the tokens whose keys can least be made of the others'. No query is asked.
/// ties: older
/// example: rows 12 -> keeps 0..11
/// example: rows 13 -> keeps 0..7 9..12
/// example: {ratio 0} rows 40 -> keeps 0..39
/// example: {ratio 1, sinks 2, recent 3} rows 9 -> keeps 0 1 6 7 8
/// example: {ratio 0.2, sinks 3, recent 5} rows 9 -> keeps 0..2 4..8
struct Leverage : coop::Artifact {
  float ratio = 0.5f;  ///< Share of the tokens that goes; range 0.0..1.0.
  int sinks = 8;       ///< First tokens, which stay; range 0..64.
  int recent = 4;      ///< Newest tokens, which stay; range 1..64.

  void after_prefill(this auto& self) {
    const LlamaConfig& config = self.model.config;
    for (int layer = 0; layer < config.layers; ++layer) {
      const int length = self.kv_cache.length(layer);
      const int stay = std::max(length - static_cast<int>(self.ratio * static_cast<float>(length)),
                                self.sinks + self.recent);
      if (stay >= length) continue;
      const Buffer<float> copy = self.kv_cache.copy_keys(layer, 0, length);
      std::vector<float> keys(copy.size());
      copy.download(keys.data(), keys.size());
      std::vector<std::vector<int>> slots(config.kv_heads);
      for (int head = 0; head < config.kv_heads; ++head) {
        const size_t first = static_cast<size_t>(head) * length * config.head_dim;
        std::vector<double> scores = leverage_scores(&keys[first], length, config.head_dim);
        std::fill(scores.begin(), scores.begin() + self.sinks, INFINITY);
        std::fill(scores.end() - self.recent, scores.end(), INFINITY);
        slots[head].resize(length);
        std::iota(slots[head].begin(), slots[head].end(), 0);
        std::stable_sort(slots[head].begin(), slots[head].end(),
                         [&](int a, int b) { return scores[a] > scores[b]; });
        slots[head].resize(stay);
        std::sort(slots[head].begin(), slots[head].end());
      }
      self.kv_cache.keep(layer, slots);
      COOP_ENSURES(self.kv_cache.length(layer) == stay);
    }
  }
};
