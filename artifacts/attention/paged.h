// Attention over everything that a cache in blocks keeps.
#pragma once

#include <coop/artifact.h>

#include "attend_paged.h"

/// FullAttention, of a cache that lies in blocks: PagedKv.
struct PagedAttention : coop::Artifact {
  /// Each query attends to all tokens of `kv_cache`, those of its own chunk causally. out and
  /// queries (count, heads, head_dim): the newest tokens of `layer`, which the cache has already.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    attend_paged(self.device, out, queries, count, self.model.config.heads,
                 self.kv_cache.blocks(layer));
  }
};
