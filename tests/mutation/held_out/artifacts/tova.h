// TOVA: what the newest query attends to least goes.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

/// TOVA (Oren et al., 2024): after every step, drops the tokens to which the newest query gave the
/// least weight, until `budget` are left. The newest token itself always stays.
/// example: {budget 3} weights 5 1 4 2 0 -> keeps 0 2 4
struct Tova : coop::Artifact {
  int budget = 512;  ///< Tokens kept in each layer; range 2..4096.

  /// weights: of each token that `layer` keeps, by the newest query, averaged over heads.
  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    COOP_EXPECTS(static_cast<int>(weights.size()) == self.kv_cache.length(layer));
    const int length = self.kv_cache.length(layer);
    const int excess = length - self.budget;
    if (excess <= 0) return;

    std::vector<int> order;
    for (int slot = 0; slot + 1 < length; ++slot) order.push_back(slot);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return weights[a] < weights[b]; });
    std::vector<bool> goes(length, false);
    for (int i = 0; i < excess; ++i) goes[order[i]] = true;

    std::vector<int> kept;
    for (int slot = 0; slot < length; ++slot)
      if (!goes[slot]) kept.push_back(slot);
    self.kv_cache.keep(layer, kept);
    COOP_ENSURES(self.kv_cache.length(layer) == self.budget);
  }
};
