// LagKV: of each stretch of tokens, those whose keys vary most by the measure of the next stretch.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "artifacts/model/llama_weights.h"

/// LagKV (Liang et al., 2025), of keys alone: when `2 * lag` tokens stand behind what was looked
/// at, the older `lag` of them keep `kept`. Each channel is scaled to the least and the largest key
/// of the younger `lag`; a token scores the deviation over its channels. Each head chooses its own.
/// example: rows 271 -> keeps 0..270
/// example: {kept 0} rows 272 -> keeps 0..15 144..271
/// example: {lag 32} rows 100 -> keeps 0..99
/// example: {sinks 1, lag 2, kept 0} rows 4 3 -> keeps 0 5..6
/// example: {sinks 0, lag 3, kept 5} rows 6 -> keeps 0..5
/// except: longer_input_never_keeps_fewer (a stretch is thinned out at once, when it is full)
/// except: fields_work_in_one_direction (lag)
struct LagKv : coop::Artifact {
  int sinks = 16;  ///< Tokens at the beginning that stay; range 0..64.
  int lag = 128;   ///< Tokens of a stretch; range 1..1024.
  int kept = 32;   ///< Tokens that stay of each stretch, at most all; range 0..1024.

  void after_reset(this auto& self) { self.looked_at.clear(); }

  void after_append(this auto& self, int layer) {
    int& begin = self.looked_at.try_emplace(layer, self.sinks).first->second;
    const int kept = std::min(self.kept, self.lag);
    while (self.kv_cache.length(layer) - begin >= 2 * self.lag) {
      if (kept < self.lag) self.thin_out(layer, begin, kept);
      begin += kept;
    }
    COOP_ENSURES(self.kv_cache.length(layer) < begin + 2 * self.lag);
  }

 private:
  /// Keeps `kept` of the tokens [begin, begin + lag) of each head, and all others.
  void thin_out(this auto& self, int layer, int begin, int kept) {
    const LlamaConfig& config = self.model.config;
    const size_t rows = 2 * static_cast<size_t>(self.lag), size = config.head_dim;
    std::vector<float> keys(config.kv_heads * rows * size);
    self.kv_cache.copy_keys(layer, begin, begin + 2 * self.lag).download(keys.data(), keys.size());

    std::vector<std::vector<int>> slots(config.kv_heads);
    for (int head = 0; head < config.kv_heads; ++head) {
      const std::vector<double> scores =
          deviations(keys.data() + head * rows * size, self.lag, config.head_dim);
      std::vector<int> order(self.lag);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](int a, int b) { return scores[a] > scores[b]; });
      std::sort(order.begin(), order.begin() + kept);
      for (int slot = 0; slot < begin; ++slot) slots[head].push_back(slot);
      for (int i = 0; i < kept; ++i) slots[head].push_back(begin + order[i]);
      for (int slot = begin + self.lag; slot < self.kv_cache.length(layer); ++slot) {
        slots[head].push_back(slot);
      }
    }
    self.kv_cache.keep(layer, slots);
  }

  /// Of the first `lag` rows of keys (2 * lag, head_dim): the deviation over scaled channels.
  static std::vector<double> deviations(const float* keys, int lag, int head_dim) {
    std::vector<double> sums(lag), squares(lag);
    for (int channel = 0; channel < head_dim; ++channel) {
      float least = std::numeric_limits<float>::infinity(), largest = -least;
      for (int row = lag; row < 2 * lag; ++row) {
        least = std::min(least, keys[static_cast<size_t>(row) * head_dim + channel]);
        largest = std::max(largest, keys[static_cast<size_t>(row) * head_dim + channel]);
      }
      const double range = largest > least ? static_cast<double>(largest) - least : 1.0;
      for (int row = 0; row < lag; ++row) {
        const double key = keys[static_cast<size_t>(row) * head_dim + channel];
        sums[row] += (key - least) / range;
        squares[row] += (key - least) / range * ((key - least) / range);
      }
    }
    for (int row = 0; row < lag; ++row) {
      const double mean = sums[row] / head_dim;
      sums[row] = std::sqrt(std::max(0.0, squares[row] / head_dim - mean * mean));
    }
    return sums;
  }

  std::map<int, int> looked_at;  // by layer: slots at the front that are never looked at again
};
