// What selectors share: each token of a layer has a score, and the best ones stay.
#pragma once

#include <coop/artifact.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/compress/top_slots.h"

/// What cannot work is refused before anything is read.
inline void require_at_least(const std::string& field, int value, int least) {
  if (value >= least) return;
  throw std::runtime_error("compressor." + field + " is " + std::to_string(value) +
                           ", and must be at least " + std::to_string(least));
}

/// Base of compressors that choose tokens once the prompt has been read. Who derives from it says
/// `scores(layer)`: (kv_heads, length), each head's own, or (length) when all heads keep the same.
struct Selection : coop::Artifact {
  int budget = 1024;  ///< Tokens that each layer keeps of the prompt; range 1..4096.

  /// A sequence begins.
  void after_reset(this auto& self) { require_at_least("budget", self.budget, 1); }

  void after_prefill(this auto& self) {
    for (int layer = 0; layer < self.model.config.layers; ++layer) self.compress(layer);
  }

  /// Drops what `layer` holds beyond its budget.
  void compress(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer), budget = self.layer_budget(layer);
    if (length <= budget) return;
    std::vector<std::vector<int>> slots = top_slots(self.scores(layer), length, budget);
    slots.resize(self.model.config.kv_heads, slots.front());
    self.keep(layer, slots);
    COOP_ENSURES(self.kv_cache.length(layer) == budget);
  }

  int layer_budget(this auto& self, int) { return self.budget; }

 protected:
  /// Keeps these slots of each head. Who derives from it may do something with the others before.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    self.kv_cache.keep(layer, slots);
  }
};
