// Attention over everything that the cache keeps.
#pragma once

#include <coop/artifact.h>

#include <cstddef>

#include "artifacts/model/llama_weights.h"
#include "attend.h"
#include "attend_and_sum.h"
#include "buffer.h"

/// law: hooks_hear_of_weights
struct FullAttention : coop::Artifact {
  /// Each query attends to all tokens of `kv_cache`, those of its own chunk causally. out and
  /// queries (count, heads, head_dim): the newest tokens of `layer`, which the cache has already.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    if constexpr (requires { self.hooks.after_weights; }) {
      self.forward_and_tell(layer, out, queries, count);
    } else {
      const LlamaConfig& config = self.model.config;
      attend(self.device, out, queries, self.kv_cache.keys(layer), self.kv_cache.values(layer),
             count, config.heads, config.kv_heads, config.head_dim, self.kv_cache.length(layer),
             self.kv_cache.capacity(layer));
    }
  }

 private:
  /// Tells how much each slot is given, added up over the query heads that read its key: (kv_heads,
  /// length). Of a chunk, what the newest query gives comes by itself, behind what the others do.
  void forward_and_tell(this auto& self, int layer, float* out, const float* queries, int count) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    const size_t size = static_cast<size_t>(config.kv_heads) * length;
    Buffer<float> newest(self.device, size), others(self.device, count > 1 ? size : 0);
    attend_and_sum(self.device, out, newest.data(), others.data(), queries,
                   self.kv_cache.keys(layer), self.kv_cache.values(layer), count, config.heads,
                   config.kv_heads, config.head_dim, length, self.kv_cache.capacity(layer));
    if (count > 1) self.hooks.after_weights(layer, others);
    self.hooks.after_weights(layer, newest);
  }
};
