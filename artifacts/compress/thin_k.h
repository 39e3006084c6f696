// ThinK: keys lose the channels that queries do not look for.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/compress/recent_queries.h"
#include "artifacts/compress/selection.h"
#include "artifacts/compress/top_slots.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "channel_squares.h"

/// ThinK (Xu et al., 2024): once the prompt is read, the keys of each head lose the channels that
/// contribute least to its scores: those of the smallest product of squares, added up over the
/// queries of the last `window` tokens and over the keys. The window's keys stay whole, and those
/// of what comes later. It needs a cache whose rows can get shorter: --with Cache=NarrowKv --with
/// Attention=NarrowAttention.
/// example: {ratio 1} after_reset() -> refuses
/// example: {ratio -0.5} after_reset() -> refuses
/// example: {window 0} after_reset() -> refuses
struct ThinK : coop::Artifact {
  float ratio = 0.4f;  ///< Share of a key's channels that goes; range 0.0..0.99.
  int window = 32;     ///< Newest tokens, whose queries decide and whose keys stay; range 1..256.

  /// A sequence begins.
  void after_reset(this auto& self) {
    require_at_least("window", self.window, 1);
    if (!(self.ratio >= 0.0f && self.ratio < 1.0f)) {
      throw std::runtime_error("compressor.ratio is " + std::to_string(self.ratio) +
                               ", and must be at least 0 and below 1");
    }
    self.recent.clear();
  }

  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    if (self.kv_cache.narrow(layer) > 0) return;  // they decided
    const LlamaConfig& config = self.model.config;
    self.recent[layer].push(self.device, queries.data(), count, config.heads * config.head_dim,
                            self.window);
  }

  void after_prefill(this auto& self) {
    const int head_dim = self.model.config.head_dim, dropped = self.dropped();
    if (dropped == 0) return;
    for (int layer = 0; layer < self.model.config.layers; ++layer) {
      const int old = self.kv_cache.length(layer) - self.window;
      if (old <= 0 || self.kv_cache.narrow(layer) > 0) continue;
      const auto channels = top_slots(self.scores(layer), head_dim, head_dim - dropped);
      self.kv_cache.keep_channels(layer, channels, old);
      self.recent.erase(layer);
    }
  }

  /// How much each channel contributes: (kv_heads, head_dim).
  /// example: scores(0) -> 0 0 0 0 0 0 0 0
  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int head_dim = config.head_dim, heads = config.heads, group = heads / config.kv_heads;
    Buffer<float> of_keys(self.device, static_cast<size_t>(config.kv_heads) * head_dim);
    Buffer<float> of_queries(self.device, static_cast<size_t>(heads) * head_dim);
    channel_squares(self.device, of_keys.data(), self.kv_cache.keys(layer), config.kv_heads,
                    self.kv_cache.length(layer), head_dim, self.kv_cache.capacity(layer));
    const RecentQueries& recent = self.recent[layer];
    channel_squares(self.device, of_queries.data(), recent.data(), 1, recent.count(),
                    heads * head_dim, recent.count());
    std::vector<float> keys(of_keys.size()), queries(of_queries.size()), scores(keys.size());
    of_keys.download(keys.data(), keys.size());
    of_queries.download(queries.data(), queries.size());
    for (size_t i = 0; i < queries.size(); ++i) {
      scores[i / head_dim / group * head_dim + i % head_dim] += queries[i];
    }
    if constexpr (!COOP_SINGLE_GPU) scores = self.model.of_all_queries(scores, head_dim);
    for (size_t i = 0; i < scores.size(); ++i) scores[i] *= keys[i];
    return scores;
  }

 private:
  /// Channels that a key loses.
  [[coop::same]] int dropped(this auto& self) {
    return static_cast<int>(self.ratio * static_cast<float>(self.model.config.head_dim));
  }

  std::map<int, RecentQueries> recent;  // by layer: the queries of the window
};
