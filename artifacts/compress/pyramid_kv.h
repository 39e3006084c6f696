// PyramidKV: lower layers need more tokens than higher ones.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>

#include "artifacts/compress/snap_kv.h"

/// PyramidKV (Cai et al., 2024): SnapKV with a budget that falls from layer to layer by the same
/// number of tokens, and is `budget` on average.
/// except: longer_input_never_keeps_fewer (from some length on all layers can keep their window)
/// except: twice_is_once (how many tokens there are has a say)
/// except: the_budget_is_never_exceeded (the lowest layers keep more)
/// except: fields_work_in_one_direction (too steep a slope is none)
struct PyramidKv : SnapKv {
  int beta = 20;  ///< How steep: the last layer keeps budget / beta; range 1..64.

  /// Where the prompt is too short, or the last layer could not keep its window, all layers keep
  /// `budget`, as in SnapKV.
  int layer_budget(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer), layers = self.model.config.layers;
    double least = static_cast<double>(self.budget) / self.beta;
    double most = 2.0 * self.budget - least;
    if (most >= length - self.window) {
      most = length - self.window;
      least = 2.0 * self.budget - most;
    }
    if (most < least || least < self.window || layers == 1) return self.budget;
    return static_cast<int>(std::nearbyint(most - layer * (most - least) / (layers - 1)));
  }
};
