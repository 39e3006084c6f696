// CaM: what is dropped leaves its value to the tokens behind it.
#pragma once

#include <coop/artifact.h>

#include <cstdint>
#include <vector>

#include "artifacts/compress/h2o.h"
#include "artifacts/model/llama_weights.h"
#include "row_term.h"

/// CaM (Zhang et al., 2024): a token that H2o drops is merged into the next `targets` tokens that
/// stay: each gets an equal share of its value, with the probability that is the attention it was
/// given, over the mean of what they were, at most 1. Keys stay as they are. Chance follows from
/// the seed, the layer, the head and the token alone, so that all ranks see the same.
/// example: {targets 0} after_reset() -> refuses
/// example: {budget 3, recent 1} weights 5 1 3 0 -> layer 1 keeps 0 3 2
/// example: {budget 3, recent 1} weights 5 0 3 0 -> layer 1 keeps 0 3 2
/// except: kept_rows_keep_their_order (the newest takes the slot of who goes)
struct Cam : H2o {
  int targets = 32;  ///< Tokens that one is merged into; range 1..256.
  int seed = 1;      ///< Another one merges other tokens; range 0..1000000.

  void after_reset(this auto& self) {
    require_at_least("targets", self.targets, 1);
    self.H2o::after_reset();
  }

  void replace(this auto& self, int layer, std::vector<std::vector<int>>& order,
               const std::vector<int>& places) {
    std::vector<std::vector<RowTerm>> merged(places.size());
    const std::vector<bool> stays(self.kv_cache.length(layer), true);  // of those behind, all do
    for (size_t head = 0; head < places.size(); ++head) {
      merged[head].reserve(self.targets);
      self.merge(merged[head], layer, static_cast<int>(head), places[head], stays);
    }
    self.kv_cache.add_to_values(layer, merged);
    self.H2o::replace(layer, order, places);
  }

  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    const int length = self.kv_cache.length(layer);
    std::vector<std::vector<RowTerm>> merged(self.model.config.kv_heads);
    for (int head = 0; head < self.model.config.kv_heads; ++head) {
      std::vector<bool> stays(length);
      for (const int slot : slots[head]) stays[slot] = true;
      for (int place = 0; place < length; ++place) {
        if (stays[self.order(layer)[head][place]]) continue;
        self.merge(merged[head], layer, head, place, stays);
      }
    }
    self.kv_cache.add_to_values(layer, merged);
    self.H2o::keep(layer, slots);
  }

 private:
  /// What the token at that place of the head's order leaves to the next that stay: nothing if
  /// nobody attended to it.
  void merge(this auto& self, std::vector<RowTerm>& merged, int layer, int head, int place,
             const std::vector<bool>& stays) {
    const std::vector<int>& order = self.order(layer)[head];
    const std::vector<float>& attention = self.sums(layer)[head];
    const int slot = order[place];
    const size_t first = merged.size(), behind = first + self.targets;
    float total = 0.0f;
    for (size_t i = place + 1; i < order.size() && merged.size() < behind; ++i) {
      if (!stays[order[i]]) continue;
      merged.push_back({slot, order[i]});
      total += attention[order[i]];
    }
    int first_head = 0;
    if constexpr (!COOP_SINGLE_GPU) first_head = self.model.first_kv_head();
    const auto share = static_cast<float>(merged.size() - first);
    const float chance = self.chance(layer, first_head + head, place);
    if (!(chance * total < attention[slot] * share)) merged.resize(first);
    COOP_ENSURES(merged.size() == first || (merged.size() <= behind && attention[slot] > 0.0f));
    for (size_t i = first; i < merged.size(); ++i) merged[i].weight = 1.0f / share;
  }

  /// From 0 up to, without, 1.
  float chance(this auto& self, int layer, int head, int place) {
    const int next_position = self.kv_cache.next_position(layer);
    uint64_t bits = static_cast<uint64_t>(self.seed);
    for (const int number :
         {layer, head, next_position, place}) {  // SplitMix64 (Steele et al., 2014)
      bits = (bits + static_cast<uint64_t>(number)) * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
      bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
      bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
      bits ^= bits >> 31;
    }
    return static_cast<float>(bits >> 40) * 0x1p-24f;
  }
};
