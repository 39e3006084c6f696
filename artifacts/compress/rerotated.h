// Kept tokens close up: keys are turned to positions without gaps.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "artifacts/compress/snap_kv.h"

/// Keeps what `Scorer` keeps, and turns each key so that its token stands right before the next one
/// that is kept, and the newest where it stood: as if the others had never been, and as kvpress's
/// KeyRerotationPress. Without it, tokens keep the positions that they had in the text.
/// example: {budget 3, window 2, neighbours 8} rows 6 -> keeps 0 4 5
template <class Scorer = SnapKv>
struct Rerotated : Scorer {
  /// Where tokens move up, slots keep their order.
  void drop_one(this auto& self, int layer, const std::vector<std::vector<int>>&) {
    self.Selection::compress(layer);
  }

  /// Slots have had no gaps before, so a token moves up by the tokens behind it that are dropped.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    const int length = self.kv_cache.length(layer);
    self.Scorer::keep(layer, slots);
    std::vector<std::vector<int>> turns = slots;
    for (std::vector<int>& of_head : turns) {
      const int kept = static_cast<int>(of_head.size());
      for (int i = 0; i < kept; ++i) of_head[i] = (length - of_head[i]) - (kept - i);
      // The older, the further, and none by more than are dropped.
      COOP_ENSURES(std::ranges::is_sorted(of_head, std::greater<>()) && of_head.back() >= 0 &&
                   of_head.front() <= length - kept);
    }
    self.kv_cache.turn_keys(layer, turns);
  }
};
