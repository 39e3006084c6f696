// When a compressor begins, seen from outside.
#pragma once

#include <coop/artifact.h>

#include <chrono>

#include "buffer.h"

/// Registered in front of the compressor: each hook that it may listen to is heard here first.
/// CompressorMetrics stands behind it.
/// except: same_again (time is never the same)
/// except: instances_are_apart (for that reason)
struct CompressorStart : coop::Artifact {
  void before_rope(this auto& self, int, const Buffer<float>&, int) { self.begin(); }
  void after_attend(this auto& self, int, const Buffer<float>&, int) { self.begin(); }
  void after_append(this auto& self, int) { self.begin(); }
  void after_prefill(this auto& self) { self.begin(); }

  /// Seconds since the newest of these calls.
  double elapsed(this auto& self) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - self.start;
    return time.count();
  }

 private:
  void begin(this auto& self) {
    self.device.synchronize();  // what is under way is not the compressor's
    self.start = std::chrono::steady_clock::now();
  }

  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};
