// SnapKV: the end of the prompt says which of its tokens will matter.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "artifacts/compress/recent_queries.h"
#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// SnapKV (Li et al., 2024): a token scores the mean attention that the queries of the last
/// `window` tokens give it and its neighbours. The window itself stays.
struct SnapKv : Selection {
  int window = 32;     ///< Newest tokens, which stay and whose queries decide; range 1..256.
  int neighbours = 2;  ///< Tokens on each side whose attention counts as well; range 0..8.

  void after_reset(this auto& self) {
    require_at_least("window", self.window, 1);
    require_at_least("budget", self.budget, self.window + 1);
    require_at_least("neighbours", self.neighbours, 0);
    self.recent.clear();
  }

  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    const LlamaConfig& config = self.model.config;
    self.recent[layer].push(self.device, queries.data(), count, config.heads * config.head_dim,
                            self.window);
  }

  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), old = length - self.window;
    const RecentQueries& recent = self.recent[layer];
    Buffer<float> received(self.device, static_cast<size_t>(config.kv_heads) * length);
    sum_attention(self.device, received.data(), recent.data(), self.kv_cache.keys(layer),
                  recent.count(), config.heads, config.kv_heads, config.head_dim, length,
                  self.kv_cache.capacity(layer));
    std::vector<float> attention(received.size()), scores(received.size(), INFINITY);
    received.download(attention.data(), attention.size());
    if constexpr (!COOP_SINGLE_GPU) attention = self.model.of_all_queries(attention, length);
    const int terms = (2 * self.neighbours + 1) * self.window * (config.heads / config.kv_heads);
    for (int head = 0; head < config.kv_heads; ++head) {
      for (int slot = 0; slot < old; ++slot) {
        const int from = std::max(0, slot - self.neighbours);
        const int to = std::min(old, slot + self.neighbours + 1);  // what is missing counts as 0
        float sum = 0.0f;
        for (int i = from; i < to; ++i) sum += attention[head * length + i];
        scores[head * length + slot] = sum / static_cast<float>(terms);
      }
    }
    return scores;
  }

 private:
  std::map<int, RecentQueries> recent;  // by layer: the queries of the window
};
