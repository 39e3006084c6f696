// Knorm: keys of small norm are attended most.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "row_norms.h"

/// Knorm (Devoto et al., 2024, "A Simple and Effective L2 Norm-Based Strategy for KV Cache
/// Compression"): a token scores minus the norm of its key.
/// ties: older
/// example: {budget 2} keys 3,4 0,1 2,2 -> keeps 1 2
struct Knorm : Selection {
  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    Buffer<float> norms(self.device, static_cast<size_t>(config.kv_heads) * length);
    row_norms(self.device, norms.data(), self.kv_cache.keys(layer), config.kv_heads, length,
              config.head_dim, self.kv_cache.capacity(layer));
    std::vector<float> scores(norms.size());
    norms.download(scores.data(), scores.size());
    for (float& score : scores) score = -score;
    COOP_ENSURES(std::ranges::all_of(scores, [](float score) { return score <= 0.0f; }));
    return scores;
  }
};
