// Compression again and again, for text without end.
#pragma once

#include <coop/artifact.h>

#include "artifacts/compress/selection.h"
#include "artifacts/compress/snap_kv.h"

/// Compresses whenever a layer holds `interval` tokens beyond its budget, while the prompt is read,
/// too: never more than budget + interval - 1 stay behind a step.
/// example: {budget 3, window 2, neighbours 8, interval 4} rows 3 4 -> keeps 0 5 6
template <class Scorer = SnapKv>
struct Decoding : Scorer {
  int interval = 128;  ///< Tokens that come until it compresses again; range 1..1024.

  /// Not the Scorer's own, who may stop listening here: queries to come decide, too.
  void after_prefill(this auto& self) { self.Selection::after_prefill(); }

  void after_append(this auto& self, int layer) {
    if (self.kv_cache.length(layer) >= self.layer_budget(layer) + self.interval) {
      self.compress(layer);
    }
    COOP_ENSURES(self.kv_cache.length(layer) < self.layer_budget(layer) + self.interval);
  }
};
