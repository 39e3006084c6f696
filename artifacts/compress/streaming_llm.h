// StreamingLLM: text without end in a cache of fixed size.
#pragma once

#include <coop/artifact.h>

#include <map>

#include "buffer.h"

/// StreamingLLM (Xiao et al., 2024): keep the first `sinks` and the last `window` tokens.
/// Distances are counted within the cache, so the sinks always stand right before the window.
/// example: rows 1030 -> keeps 0..3 10..1029
struct StreamingLlm : coop::Artifact {
  int sinks = 4;      ///< Tokens kept at the beginning; attention leans on them; range 0..64.
  int window = 1020;  ///< Tokens kept at the end; range 1..4096.

  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    const int next_position = self.kv_cache.next_position(layer);
    if (length <= self.sinks + self.window) return;

    if (length == next_position) {  // nothing was evicted yet: these are the keys as first written
      self.sink_keys[layer] = self.kv_cache.copy_keys(layer, 0, self.sinks);
    }
    self.kv_cache.erase(layer, self.sinks, length - self.window);
    // Turned each time from that copy: turning the turned would add up rounding errors.
    const int evicted = next_position - self.kv_cache.length(layer);
    self.kv_cache.put_keys_turned(layer, 0, self.sinks, self.sink_keys[layer], evicted);
    COOP_ENSURES(self.kv_cache.length(layer) == self.sinks + self.window);
  }

 private:
  std::map<int, Buffer<float>> sink_keys;  // by layer: (kv_heads, sinks, head_dim)
};
