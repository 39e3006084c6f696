// SnapKV's choice: what the newest queries attend to, smoothed over neighbours.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <numeric>
#include <vector>

/// SnapKV (Li et al., 2024): at the end of a prompt, keeps the observation window and the tokens in
/// front of it whose scores, pooled over `kernel` neighbours, are the largest.
struct PooledScores : coop::Artifact {
  int budget = 24;  ///< Tokens kept, the window among them. range 2..256
  int window = 4;   ///< Newest tokens, whose queries decide. range 1..64
  int kernel = 3;   ///< Width of the pooling, odd. range 1..9

  /// weights: what the window's queries give each token that `layer` keeps.
  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    const int length = self.kv_cache.length(layer);
    const int window = std::min(self.window, self.budget - 1);
    if (length <= self.budget) return;
    const int old = length - window;
    std::vector<float> pooled(old);
    for (int slot = 0; slot < old; ++slot) {
      const int from = std::max(0, slot - self.kernel / 2);
      const int to = std::min(old, slot + self.kernel / 2 + 1);
      pooled[slot] = *std::max_element(weights.begin() + from, weights.begin() + to);
    }
    std::vector<int> slots(old);
    std::iota(slots.begin(), slots.end(), 0);
    std::sort(slots.begin(), slots.end(),
              [&](int a, int b) { return pooled[a] != pooled[b] ? pooled[a] > pooled[b] : a < b; });
    slots.resize(self.budget - window);
    std::sort(slots.begin(), slots.end());
    for (int slot = old; slot < length; ++slot) slots.push_back(slot);
    self.kv_cache.keep(layer, slots);
  }
};
