// H2O: tokens that were attended most so far, and the newest.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "artifacts/compress/each_step.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// H2O (Zhang et al., 2023): a token scores the attention that all queries so far gave it, added up
/// over the query heads of its key/value head. The `recent` newest tokens stay; the others that do
/// are the heavy hitters.
/// ties: older
/// example: {budget 512} rows 512 -> keeps 0..511
/// example: {budget 511} after_reset() -> refuses
/// example: {budget 3, recent 1} weights 5 1 3 0 -> layer 1 keeps 0 3 2
/// example: {budget 3, recent 1} rows 3 1 1 weights 9 1 4 5 0 -> layer 1 keeps 0 4 2
/// example: {budget 2, recent 2} weights 5 1 3 0 -> layer 1 keeps 2 3
/// except: kept_rows_keep_their_order (the newest takes the slot of who goes)
struct H2o : EachStep {
  int recent = 512;  ///< Newest tokens, which stay whatever they are given; range 1..2048.

  void after_reset(this auto& self) {
    require_at_least("recent", self.recent, 1);
    require_at_least("budget", self.budget, self.recent);
    self.EachStep::after_reset();
    self.received.clear();
  }

  void after_weights(this auto& self, int layer, const Buffer<float>& weights) {
    self.add(layer, weights);
  }

  /// Of an attention that does not tell its weights.
  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    if constexpr (!requires { self.hooks.after_weights; }) {
      const LlamaConfig& config = self.model.config;
      const int length = self.kv_cache.length(layer);
      Buffer<float> given(self.device, static_cast<size_t>(config.kv_heads) * length);
      sum_attention(self.device, given.data(), queries.data(), self.kv_cache.keys(layer), count,
                    config.heads, config.kv_heads, config.head_dim, length,
                    self.kv_cache.capacity(layer));
      self.add(layer, given);
    }
  }

  /// Adds what the newest queries gave to each slot; given (kv_heads, length).
  void add(this auto& self, int layer, const Buffer<float>& given) {
    const int length = self.kv_cache.length(layer);
    std::vector<float>& attention = self.newest;
    attention.resize(given.size());
    given.download(attention.data(), attention.size());
    if constexpr (!COOP_SINGLE_GPU) attention = self.model.of_all_queries(attention, length);
    const float* of_head = attention.data();
    for (std::vector<float>& sums : self.sums(layer)) {
      for (int slot = 0; slot < length; ++slot) sums[slot] += of_head[slot];
      of_head += length;
    }
  }

  std::vector<float> scores(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    std::vector<float> scores;
    for (const std::vector<float>& sums : self.sums(layer)) {
      const std::vector<int>& order = self.order(layer)[scores.size() / length];
      float* of_head = &*scores.insert(scores.end(), sums.begin(), sums.end());
      for (int i = std::max(0, length - self.recent); i < length; ++i) of_head[order[i]] = INFINITY;
    }
    return scores;
  }

  std::vector<int> who_goes(this auto& self, int layer,
                            const std::vector<std::vector<int>>& order) {
    const std::vector<std::vector<float>>& sums = self.sums(layer);
    std::vector<int> places;
    for (size_t head = 0; head < sums.size(); ++head) {
      const int older = static_cast<int>(sums[head].size()) - self.recent;
      places.push_back(lowest(sums[head], order[head], older));
    }
    return places;
  }

  /// The sums follow their tokens.
  void replace(this auto& self, int layer, std::vector<std::vector<int>>& order,
               const std::vector<int>& places) {
    std::vector<std::vector<float>>& sums = self.sums(layer);
    for (size_t head = 0; head < sums.size(); ++head) {
      sums[head][order[head][places[head]]] = sums[head].back();
      sums[head].pop_back();
    }
    self.EachStep::replace(layer, order, places);
  }

  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    std::vector<std::vector<float>>& sums = self.sums(layer);
    for (size_t head = 0; head < sums.size(); ++head) {
      for (size_t i = 0; i < slots[head].size(); ++i) sums[head][i] = sums[head][slots[head][i]];
      sums[head].resize(slots[head].size());
    }
    self.EachStep::keep(layer, slots);
  }

 protected:
  /// What each slot was given so far: (kv_heads, slots).
  std::vector<std::vector<float>>& sums(this auto& self, int layer) {
    std::vector<std::vector<float>>& sums = self.received[layer];
    sums.resize(self.model.config.kv_heads);
    for (auto& of_head : sums) of_head.resize(self.kv_cache.length(layer));  // new ones have 0
    return sums;
  }

 private:
  std::map<int, std::vector<std::vector<float>>> received;  // by layer: (kv_heads, slots)
  std::vector<float> newest;                                // of the newest queries
};
