// PyramidKV: lower layers need more tokens than higher ones.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>

#include "artifacts/compress/snap_kv.h"

/// PyramidKV (Cai et al., 2024): SnapKV with a budget that falls from layer to layer by the same
/// number of tokens, and is `budget` on average.
/// example: {budget 640} rows 1300 -> layer 2 keeps 1268..1299
/// example: {budget 10, beta 5, window 2} rows 30 -> layer 2 keeps 28 29
/// example: {budget 10, window 8} rows 20 -> layer 2 keeps 12..19
/// except: longer_input_never_keeps_fewer (from some length on all layers can keep their window)
/// except: twice_is_once (how many tokens there are has a say)
/// except: the_budget_is_never_exceeded (the lowest layers keep more)
/// except: fields_work_in_one_direction (too steep a slope is none)
struct PyramidKv : SnapKv {
  int beta = 20;  ///< How steep: the last layer keeps budget / beta; range 1..64.

  /// Where the prompt is too short, or the last layer could not keep its window, all layers keep
  /// `budget`, as in SnapKV.
  /// example: {budget 10, window 2} rows 5; layer_budget(0) -> 10
  int layer_budget(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer), layers = self.model.config.layers;
    double least = static_cast<double>(self.budget) / self.beta;
    double most = 2.0 * self.budget - least;
    if (most >= length - self.window) {
      most = length - self.window;
      least = 2.0 * self.budget - most;
    }
    COOP_ENSURES(most <= length - self.window && most + least == 2.0 * self.budget);
    if (most < least || least < self.window || layers == 1) return self.budget;
    return static_cast<int>(std::nearbyint(most - layer * (most - least) / (layers - 1)));
  }
};
