// Attention over a cache whose older keys have fewer channels.
#pragma once

#include <coop/artifact.h>

#include "artifacts/model/llama_weights.h"
#include "attend_narrow.h"

/// ThinK (Xu et al., 2024): attention with those channels of a query that a key has.
struct NarrowAttention : coop::Artifact {
  /// As FullAttention: out and queries (count, heads, head_dim) of the newest tokens of `layer`.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    const LlamaConfig& config = self.model.config;
    attend_narrow(self.device, out, queries, count, config.heads, config.kv_heads, config.head_dim,
                  self.kv_cache.narrow_rows(layer));
  }
};
