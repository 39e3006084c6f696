// Attention over a cache whose heads keep different numbers of tokens.
#pragma once

#include <coop/artifact.h>

#include "artifacts/model/llama_weights.h"
#include "attend_ragged.h"

struct RaggedAttention : coop::Artifact {
  /// Each query attends to all tokens that its head of `kv_cache` keeps, those of its own chunk
  /// causally. out and queries (count, heads, head_dim): the newest tokens of `layer`, which the
  /// cache has already.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    const LlamaConfig& config = self.model.config;
    attend_ragged(self.device, out, queries, self.kv_cache.keys(layer), self.kv_cache.values(layer),
                  self.kv_cache.begins(layer), self.kv_cache.room(layer), count, config.heads,
                  config.kv_heads, config.head_dim);
  }
};
