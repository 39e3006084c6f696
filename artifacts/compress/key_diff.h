// KeyDiff: keys that are unlike the others matter most.
#pragma once

#include <coop/artifact.h>

#include <numeric>
#include <vector>

#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "key_similarity.h"

/// KeyDiff (Park et al., 2025): a token scores minus the cosine between its key and the mean
/// direction of its head's keys.
/// example: {budget 1} keys 1,0 2,0 0,1 -> keeps 2
struct KeyDiff : Selection {
  /// Together not above 0, since keys are like their mean on average.
  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    Buffer<float> similarities(self.device, static_cast<size_t>(config.kv_heads) * length);
    key_similarity(self.device, similarities.data(), self.kv_cache.keys(layer), config.kv_heads,
                   length, config.head_dim, self.kv_cache.capacity(layer));
    std::vector<float> scores(similarities.size());
    similarities.download(scores.data(), scores.size());
    for (float& score : scores) score = -score;
    COOP_ENSURES(std::accumulate(scores.begin(), scores.end(), 0.0f) <= 1e-3f);
    return scores;
  }
};
