// Attention over a cache of KIVI's.
#pragma once

#include <coop/artifact.h>

#include "artifacts/model/llama_weights.h"
#include "attend_quantized.h"

/// KIVI (Liu et al., 2024): attention that reads codes, and never has the cache in full precision.
struct KiviAttention : coop::Artifact {
  /// As FullAttention: out and queries (count, heads, head_dim) of the newest tokens of `layer`.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    const LlamaConfig& config = self.model.config;
    attend_quantized(self.device, out, queries, count, config.heads, config.kv_heads,
                     self.kv_cache.quantized(layer));
  }
};
