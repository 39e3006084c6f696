// A window that is cut only now and then.
#pragma once

#include <coop/artifact.h>

/// Keeps `anchors` first and at least `recent` last tokens. Moving rows costs: so it waits until
/// `slack` more have come, and drops them at once.
/// example: {anchors 1, recent 2, slack 2} rows 6 -> keeps 0 4 5
/// example: {anchors 1, recent 2, slack 2} rows 5 -> keeps 0 1 2 3 4
struct LazyWindow : coop::Artifact {
  int anchors = 4;   ///< Tokens kept at the beginning; range 0..32.
  int recent = 128;  ///< Tokens kept at the end; range 1..1024.
  int slack = 16;    ///< Tokens more before anything is dropped; range 0..64.

  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length <= self.budget() + self.slack) return;
    self.kv_cache.erase(layer, self.anchors, length - self.recent);
    COOP_ENSURES(self.kv_cache.length(layer) == self.budget());
  }

  /// Tokens that are left when some were dropped.
  int budget() const { return anchors + recent; }
};
