// Ada-KV: heads that look at few tokens leave room to those that look at many.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/compress/observation_window.h"
#include "artifacts/compress/recent_queries.h"
#include "artifacts/compress/top_slots.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// Of all heads' tokens the best, `count` for each head on average, of each head its best `least`
/// among them: the slots of each head, ascending. Of equals that of the lower head stays, or the
/// older.
inline std::vector<std::vector<int>> adaptive_slots(std::vector<std::vector<float>> scores,
                                                    int count, int least) {
  std::vector<float> all;
  for (std::vector<float>& of_head : scores) {
    const auto best = top_slots(of_head, static_cast<int>(of_head.size()), least);
    for (const int slot : best.front()) of_head[slot] = INFINITY;
    all.insert(all.end(), of_head.begin(), of_head.end());
  }
  const int heads = static_cast<int>(scores.size());
  const auto best = top_slots(all, static_cast<int>(all.size()), heads * count);
  std::vector<std::vector<int>> slots(heads);
  int head = 0, begin = 0;  // which of `all` is the head's first
  for (const int at : best.front()) {
    while (at - begin >= static_cast<int>(scores[head].size())) {
      begin += static_cast<int>(scores[head++].size());
    }
    slots[head].push_back(at - begin);
  }
  return slots;
}

/// Ada-KV (Feng et al., 2024): of the scores of SnapKV, the best of all heads of a layer stay, so
/// that heads keep different numbers of tokens, `budget` on average. It needs a cache that can:
/// --with Cache=RaggedKv --with Attention=RaggedAttention.
/// example: {alpha 1, budget 3, window 2, neighbours 8} rows 6 -> keeps 0 4 5
/// example: {alpha -0.5} after_reset() -> refuses
/// example: {alpha 1.5} after_reset() -> refuses
struct AdaKv : ObservationWindow {
  float alpha = 0.2f;  ///< Share of the budget that every head keeps; range 0.0..1.0.

  void after_reset(this auto& self) {
    self.ObservationWindow::after_reset();
    if (!(self.alpha >= 0.0f && self.alpha <= 1.0f)) {
      throw std::runtime_error("compressor.alpha is " + std::to_string(self.alpha) +
                               ", and must be from 0 to 1");
    }
    self.surplus.clear();
  }

  void compress(this auto& self, int layer) {
    const int budget = self.budget, heads = self.model.config.kv_heads;
    if (self.kv_cache.length(layer) <= budget) return;
    const int least = std::max(1, static_cast<int>(self.alpha * static_cast<float>(budget)));
    const auto slots = adaptive_slots(self.scores(layer), budget, least);
    std::vector<int>& surplus = self.surplus[layer];
    surplus.clear();
    for (const auto& of_head : slots) surplus.push_back(static_cast<int>(of_head.size()) - budget);
    auto own = slots.begin();
    if constexpr (!COOP_SINGLE_GPU) own += self.model.first_kv_head();
    self.kv_cache.keep_ragged(layer, {own, own + heads}, budget);
  }

  /// Of each head, those of all ranks, the scores of its tokens.
  std::vector<std::vector<float>> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int group = config.heads / config.kv_heads, length = self.kv_cache.length(layer);
    std::vector<int>& surplus = self.surplus[layer];
    const int longest = length + (surplus.empty() ? 0 : *std::ranges::max_element(surplus));
    int first = 0;
    if constexpr (!COOP_SINGLE_GPU) first = self.model.first_kv_head();
    Buffer<float> received(self.device, static_cast<size_t>(config.kv_heads) * longest);
    for (int head = 0; head < config.kv_heads; ++head) {
      const int own_length = length + (surplus.empty() ? 0 : surplus[first + head]);
      const RecentQueries& recent = self.recent[layer];
      const Buffer<float> queries =
          recent.part(self.device, head, config.kv_heads, group * config.head_dim);
      sum_attention(self.device, received.data() + static_cast<size_t>(head) * longest,
                    queries.data(), self.kv_cache.head_keys(layer, head), recent.count(), group, 1,
                    config.head_dim, own_length, own_length);
    }
    std::vector<float> attention(received.size());  // (kv_heads, longest)
    received.download(attention.data(), attention.size());
    if constexpr (!COOP_SINGLE_GPU) attention = self.model.of_all_heads(attention, longest);
    surplus.resize(attention.size() / longest);
    std::vector<std::vector<float>> scores;
    for (const int more : surplus) {
      scores.push_back(self.pooled(&attention[scores.size() * longest], length + more));
    }
    return scores;
  }

 private:
  std::map<int, std::vector<int>> surplus;  // by layer: tokens of each head above the average
};
