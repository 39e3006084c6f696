// CaM: what is dropped leaves its value to the tokens behind it.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "artifacts/compress/h2o.h"
#include "artifacts/compress/row_sums.h"
#include "artifacts/model/llama_weights.h"

/// CaM (Zhang et al., 2024): a token that H2o drops is merged into the next `targets` tokens that
/// stay: each gets an equal share of its value, with the probability that is the attention it was
/// given, over the mean of what they were, at most 1. Keys stay as they are. Chance follows from
/// the seed, the layer, the head and the token alone, so that all ranks see the same.
struct Cam : H2o {
  int targets = 32;  ///< Tokens that one is merged into; range 1..256.
  int seed = 1;      ///< Another one merges other tokens; range 0..1000000.

  void after_reset(this auto& self) {
    require_at_least("targets", self.targets, 1);
    self.H2o::after_reset();
  }

  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    int first_head = 0;
    if constexpr (!COOP_SINGLE_GPU) first_head = self.model.first_kv_head();
    RowSums merged(config.kv_heads);
    for (int head = 0; head < config.kv_heads; ++head) {
      const std::vector<int>& kept = slots[head];
      const std::vector<float>& attention = self.sums(layer)[head];
      for (const int slot : other_slots(kept, length)) {
        const auto begin = std::upper_bound(kept.begin(), kept.end(), slot);
        const auto end = begin + std::min<std::ptrdiff_t>(self.targets, kept.end() - begin);
        const auto share = static_cast<float>(end - begin);
        float total = 0.0f;
        for (auto target = begin; target != end; ++target) total += attention[*target];
        if (!(self.chance(layer, first_head + head, slot) * total < attention[slot] * share)) {
          continue;
        }
        for (auto target = begin; target != end; ++target) {
          merged.add(head, slot, *target, 1.0f / share);
        }
      }
    }
    merged.apply(self.device, self.kv_cache.values(layer), config.head_dim,
                 self.kv_cache.capacity(layer));
    self.H2o::keep(layer, slots);
  }

 private:
  /// From 0 up to, without, 1.
  float chance(this auto& self, int layer, int head, int slot) {
    const int next_position = self.kv_cache.next_position(layer);
    uint64_t bits = static_cast<uint64_t>(self.seed);
    for (const int number :
         {layer, head, next_position, slot}) {  // SplitMix64 (Steele et al., 2014)
      bits = (bits + static_cast<uint64_t>(number)) * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
      bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
      bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
      bits ^= bits >> 31;
    }
    return static_cast<float>(bits >> 40) * 0x1p-24f;
  }
};
