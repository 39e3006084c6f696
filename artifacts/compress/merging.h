// What is dropped leaves its value to the nearest token that stays.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <numeric>
#include <ranges>
#include <vector>

#include "artifacts/compress/snap_kv.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "nearest_keys.h"
#include "row_norms.h"
#include "row_term.h"

/// Value merging, after Token Merging (Bolya et al., 2023) and D2O (Wan et al., 2024), as kvpress
/// has it: whatever `Scorer` drops is merged into the kept token whose key has the largest cosine
/// with its own, by that cosine and its share of the two values' norms. Keys stay as they are.
/// example: {budget 3, window 2, neighbours 8} rows 6 -> keeps 0 4 5
template <class Scorer = SnapKv>
struct Merging : Scorer {
  float similarity = 0.0f;  ///< Least cosine of keys whose tokens are merged; range 0.0..1.0.

  /// What is dropped alone is merged like many.
  void drop_one(this auto& self, int layer, const std::vector<std::vector<int>>&) {
    self.Selection::compress(layer);
  }

  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    self.merge(layer, slots);
    self.Scorer::keep(layer, slots);
  }

 private:
  void merge(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), capacity = self.kv_cache.capacity(layer);
    const int kept_count = static_cast<int>(slots.front().size()), count = length - kept_count;
    if (kept_count == 0 || count == 0) return;
    std::vector<int> kept, others, nearest(static_cast<size_t>(config.kv_heads) * count);
    for (const std::vector<int>& of_head : slots) {
      kept.insert(kept.end(), of_head.begin(), of_head.end());
      std::ranges::set_difference(std::views::iota(0, length), of_head, std::back_inserter(others));
    }
    Buffer<int> device_kept(self.device, kept.size()), device_others(self.device, others.size());
    Buffer<int> device_nearest(self.device, nearest.size());
    Buffer<float> device_cosines(self.device, nearest.size());
    Buffer<float> device_norms(self.device, static_cast<size_t>(config.kv_heads) * length);
    device_kept.upload(kept.data(), kept.size());
    device_others.upload(others.data(), others.size());
    nearest_keys(self.device, device_nearest.data(), device_cosines.data(),
                 self.kv_cache.keys(layer), device_kept.data(), device_others.data(),
                 config.kv_heads, kept_count, count, config.head_dim, capacity);
    row_norms(self.device, device_norms.data(), self.kv_cache.values(layer), config.kv_heads,
              length, config.head_dim, capacity);
    std::vector<float> cosines(nearest.size()), norms(device_norms.size());
    device_nearest.download(nearest.data(), nearest.size());
    device_cosines.download(cosines.data(), cosines.size());
    device_norms.download(norms.data(), norms.size());

    std::vector<std::vector<RowTerm>> merged(config.kv_heads);
    for (int head = 0; head < config.kv_heads; ++head) {
      const float* norms_of_head = &norms[static_cast<size_t>(head) * length];
      std::vector<float> weights(count);
      std::map<int, float> totals;  // by slot that stays: 1 and the weights of what it takes in
      for (int i = 0; i < count; ++i) {
        const int at = head * count + i;
        if (!(cosines[at] >= self.similarity && cosines[at] > 0.0f)) continue;
        const float own = norms_of_head[others[at]], other = norms_of_head[nearest[at]];
        weights[i] = cosines[at] * own / (own + other + 1e-6f);
        totals.try_emplace(nearest[at], 1.0f).first->second += weights[i];
      }
      for (const auto& [slot, total] : totals) {
        merged[head].push_back({slot, slot, 1.0f / total - 1.0f});
      }
      for (int i = 0; i < count; ++i) {
        const int at = head * count + i;
        if (weights[i] == 0.0f) continue;
        merged[head].push_back({others[at], nearest[at], weights[i] / totals[nearest[at]]});
      }
      // Each is a mean: what others add to it is what it gives up of itself.
      COOP_ENSURES(std::abs(std::accumulate(
                       merged[head].begin(), merged[head].end(), 0.0f,
                       [](float sum, const RowTerm& term) { return sum + term.weight; })) < 1e-3f);
    }
    self.kv_cache.add_to_values(layer, merged);
  }
};
