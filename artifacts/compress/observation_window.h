// The end of the prompt says which of its tokens will matter.
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

/// The observation window of SnapKV (Li et al., 2024), for those that score tokens by it: its
/// queries are kept, and it stays itself.
struct ObservationWindow : Selection {
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

 protected:
  /// The scores of a head's `length` tokens, to which the window gave so much attention: its mean
  /// over queries and neighbours.
  std::vector<float> pooled(this auto& self, const float* attention, int length) {
    const LlamaConfig& config = self.model.config;
    const int old = length - self.window;
    const int terms = (2 * self.neighbours + 1) * self.window * (config.heads / config.kv_heads);
    std::vector<float> scores(length, INFINITY);
    for (int slot = 0; slot < old; ++slot) {
      const int from = std::max(0, slot - self.neighbours);
      const int to = std::min(old, slot + self.neighbours + 1);  // what is missing counts as 0
      float sum = 0.0f;
      for (int i = from; i < to; ++i) sum += attention[i];
      scores[slot] = sum / static_cast<float>(terms);
    }
    return scores;
  }

  std::map<int, RecentQueries> recent;  // by layer: the queries of the window
};
