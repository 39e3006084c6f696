// SnapKV: of each head, what the end of the prompt attends to.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <vector>

#include "artifacts/compress/observation_window.h"
#include "artifacts/compress/recent_queries.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// SnapKV (Li et al., 2024): a token scores the mean attention that the queries of the last
/// `window` tokens give it and its neighbours. The window itself stays.
/// example: {budget 33} rows 33 -> keeps 0..32
/// example: {budget 32} after_reset() -> refuses
/// example: {budget 3, window 2, neighbours 8} rows 6 -> keeps 0 4 5
struct SnapKv : ObservationWindow {
  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    const RecentQueries& recent = self.recent[layer];
    Buffer<float> received(self.device, static_cast<size_t>(config.kv_heads) * length);
    sum_attention(self.device, received.data(), recent.data(), self.kv_cache.keys(layer),
                  recent.count(), config.heads, config.kv_heads, config.head_dim, length,
                  self.kv_cache.capacity(layer));
    std::vector<float> attention(received.size()), scores;
    received.download(attention.data(), attention.size());
    if constexpr (!COOP_SINGLE_GPU) attention = self.model.of_all_queries(attention, length);
    for (int head = 0; head < config.kv_heads; ++head) {
      const std::vector<float> of_head = self.pooled(&attention[head * length], length);
      scores.insert(scores.end(), of_head.begin(), of_head.end());
    }
    return scores;
  }
};
