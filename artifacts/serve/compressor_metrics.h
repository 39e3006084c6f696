// What a compressor does to a cache, and for how long, seen from outside.
#pragma once

#include <coop/artifact.h>

#include "buffer.h"

/// Registered behind the compressor, whichever it is, and CompressorStart in front of it: the time
/// of a hook between the two is the compressor's. None has to know that it is looked at.
/// example: seconds() -> 0
/// example: rows 3; length() -> 3
/// example: rows 3 1; kept_share() -> 1
struct CompressorMetrics : coop::Artifact {
  void before_rope(this auto& self, int, const Buffer<float>&, int) { self.end(); }
  void after_attend(this auto& self, int, const Buffer<float>&, int) { self.end(); }
  void after_append(this auto& self, int) { self.end(); }
  void after_prefill(this auto& self) { self.end(); }

  /// What the compressor has taken so far.
  double seconds(this auto& self) { return self.total; }

  /// Tokens that the cache keeps, the layers' mean.
  double length(this auto& self) {
    const int layers = self.model.config.layers;
    double sum = 0.0;
    for (int layer = 0; layer < layers; ++layer) sum += self.kv_cache.length(layer);
    return sum / layers;
  }

  /// The same as a share of all tokens that it was given.
  double kept_share(this auto& self) { return self.length() / self.kv_cache.next_position(0); }

 private:
  void end(this auto& self) {
    self.device.synchronize();
    self.total += self.compressor_start.elapsed();
  }

  double total = 0.0;
};
