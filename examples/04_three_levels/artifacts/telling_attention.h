#pragma once

#include <coop/artifact.h>

#include "artifacts/model/llama_weights.h"
#include "attend_and_sum.h"
#include "buffer.h"

/// Full attention, which tells what it gave to each token.
struct TellingAttention : coop::Artifact {
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    Buffer<float> received(self.device, config.kv_heads * length);
    attend_and_sum(self.device, out, received.data(), queries, self.kv_cache.keys(layer),
                   self.kv_cache.values(layer), count, config.heads, config.kv_heads,
                   config.head_dim, length, self.kv_cache.capacity(layer));
    self.hooks.after_weights(layer, received);
  }
};
