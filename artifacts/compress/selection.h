// What selectors share: each token of a layer has a score, and the best ones stay.
#pragma once

#include <coop/artifact.h>

#include <stdexcept>
#include <string>

#include "artifacts/compress/top_slots.h"

/// Base of compressors that choose tokens, of each key/value head its own, once the prompt has been
/// read. Who derives from it says `scores(layer)`: (kv_heads, length); the highest stay.
struct Selection : coop::Artifact {
  int budget = 1024;  ///< Tokens that each layer keeps of the prompt; range 1..4096.

  /// A sequence begins: refuses a budget that nothing can meet.
  /// except: method_matters (within its range no budget is refused)
  void after_reset(this auto& self) {
    const int least = self.least_budget();
    if (self.budget >= least) return;
    throw std::runtime_error("compressor.budget is " + std::to_string(self.budget) +
                             ", and must be at least " + std::to_string(least));
  }

  void after_prefill(this auto& self) {
    for (int layer = 0; layer < self.model.config.layers; ++layer) self.compress(layer);
  }

  /// Drops what `layer` holds beyond its budget.
  void compress(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer), budget = self.layer_budget(layer);
    if (length <= budget) return;
    self.kv_cache.keep(layer, top_slots(self.scores(layer), length, budget));
    COOP_ENSURES(self.kv_cache.length(layer) == budget);
  }

 private:
  int least_budget(this auto&) { return 1; }
  int layer_budget(this auto& self, int) { return self.budget; }
};
