// One program with a compressor and without it.
#pragma once

#include <coop/artifact.h>

#include "artifacts/compress/snap_kv.h"

/// Any other compressor, which drops nothing before it is told to: off by default, and only of what
/// is long enough. While it is off it still hears what queries look for.
/// example: rows 1030 -> keeps 0..1029
/// example: {budget 3, window 2, neighbours 8, enabled true} rows 6 -> keeps 0 4 5
/// example: {budget 3, window 2, neighbours 8, enabled true, minimum 6} rows 6 -> keeps 0 4 5
/// example: {budget 3, window 2, neighbours 8, enabled true, minimum 7} rows 6 -> keeps 0..5
template <class Compressor = SnapKv>
struct Switched : Compressor {
  bool enabled = false;  ///< Whether anything is dropped.
  int minimum = 0;       ///< Of shorter texts nothing is dropped; range 0..4096.

  /// except: method_matters (SnapKv, the default, drops nothing between prompts)
  void after_append(this auto& self, int layer) {
    if constexpr (requires { self.Compressor::after_append(layer); }) {
      if (self.may_drop(layer)) self.Compressor::after_append(layer);
    }
  }

  void after_prefill(this auto& self) {
    if constexpr (requires { self.Compressor::after_prefill(); }) {
      if (self.may_drop(0)) self.Compressor::after_prefill();
    }
  }

 private:
  bool may_drop(this auto& self, int layer) {
    return self.enabled && self.kv_cache.next_position(layer) >= self.minimum;
  }
};
