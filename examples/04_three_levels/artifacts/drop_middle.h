#pragma once

#include <coop/artifact.h>

/// Keeps the beginning and the end, half of the budget each.
struct DropMiddle : coop::Artifact {
  int budget = 64;  ///< Tokens that a layer keeps; range 2..4096.

  void after_append(this auto& self, int layer) {
    const int over = self.kv_cache.length(layer) - self.budget;
    if (over > 0) self.kv_cache.erase(layer, self.budget / 2, self.budget / 2 + over);
  }
};
