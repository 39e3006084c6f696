// Attention over a cache where two layers share the directions of keys and values.
#pragma once

#include <coop/artifact.h>

#include "attend_paired.h"

/// MiniCache (Liu et al., 2024): attention that restores a layer's keys and values as it reads
/// them.
struct PairedAttention : coop::Artifact {
  /// As FullAttention: out and queries (count, heads, head_dim) of the newest tokens of `layer`.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    COOP_EXPECTS(count > 0 && count <= self.kv_cache.length(layer));
    attend_paired(self.device, out, queries, count, self.model.config.heads,
                  self.kv_cache.paired_rows(layer));
  }
};
