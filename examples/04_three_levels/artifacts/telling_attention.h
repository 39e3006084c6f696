#pragma once

#include <coop/artifact.h>

#include "artifacts/model/llama_weights.h"
#include "attend_and_tell_largest.h"
#include "buffer.h"

/// Full attention, which tells the largest weight that it gave to each token.
struct TellingAttention : coop::Artifact {
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    Buffer<float> largest(self.device, config.kv_heads * length);
    attend_and_tell_largest(self.device, out, largest.data(), queries, self.kv_cache.keys(layer),
                            self.kv_cache.values(layer), count, config.heads, config.kv_heads,
                            config.head_dim, length, self.kv_cache.capacity(layer));
    self.hooks.after_largest(layer, largest);
  }
};
