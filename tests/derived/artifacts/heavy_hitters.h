// H2O, as its authors describe it.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

/// H2O (Zhang et al., 2023): keeps the `recent` newest tokens, and of the others those that were
/// attended most so far.
struct HeavyHitters : coop::Artifact {
  int heavy = 8;   ///< Heavy hitters kept. range 0..256
  int recent = 8;  ///< Newest tokens kept. range 1..256

  /// weights: of each token that `layer` keeps, summed over heads.
  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    std::vector<float>& score = self.scores[layer];
    score.resize(weights.size());
    for (size_t i = 0; i < weights.size(); ++i) score[i] += weights[i];
    const int length = self.kv_cache.length(layer);
    if (length <= self.heavy + self.recent) return;

    std::vector<int> slots(length - self.recent);
    std::iota(slots.begin(), slots.end(), 0);
    std::sort(slots.begin(), slots.end(),
              [&](int a, int b) { return score[a] != score[b] ? score[a] > score[b] : a > b; });
    slots.resize(self.heavy);
    std::sort(slots.begin(), slots.end());
    for (int slot = length - self.recent; slot < length; ++slot) slots.push_back(slot);
    self.kv_cache.keep(layer, slots);

    std::vector<float> kept;
    for (const int slot : slots) kept.push_back(score[slot]);
    score = kept;
  }

 private:
  std::map<int, std::vector<float>> scores;  // by layer and slot
};
