// Attention over everything that a cache in blocks keeps.
#pragma once

#include <coop/artifact.h>

#include <cstddef>

#include "artifacts/model/llama_weights.h"
#include "attend_paged.h"
#include "attend_paged_and_sum.h"
#include "buffer.h"

/// FullAttention, of a cache that lies in blocks: PagedKv.
/// law: hooks_hear_of_weights
/// except: answer_matters (length)
struct PagedAttention : coop::Artifact {
  /// Each query attends to all tokens of `kv_cache`, those of its own chunk causally. out and
  /// queries (count, heads, head_dim): the newest tokens of `layer`, which the cache has already.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    if constexpr (requires { self.hooks.after_weights; }) {
      self.forward_and_tell(layer, out, queries, count);
    } else {
      attend_paged(self.device, out, queries, count, self.model.config.heads,
                   self.kv_cache.blocks(layer));
    }
  }

 private:
  /// Tells how much each slot is given, as FullAttention does.
  void forward_and_tell(this auto& self, int layer, float* out, const float* queries, int count) {
    const LlamaConfig& config = self.model.config;
    const size_t size = static_cast<size_t>(config.kv_heads) * self.kv_cache.length(layer);
    Buffer<float> newest(self.device, size), others(self.device, count > 1 ? size : 0);
    attend_paged_and_sum(self.device, out, newest.data(), others.data(), queries, count,
                         config.heads, self.kv_cache.blocks(layer));
    if (count > 1) self.hooks.after_weights(layer, others);
    self.hooks.after_weights(layer, newest);
  }
};
