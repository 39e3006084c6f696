// TOVA: whom the newest token attends to least goes.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <cstddef>
#include <map>
#include <vector>

#include "artifacts/compress/each_step.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// TOVA (Oren et al., 2024): a token scores the attention that the newest query gives it, added up
/// over all heads, which keep the same tokens. The newest token stays.
/// ties: older
/// example: {budget 3} weights 5 1 3 0 -> layer 1 keeps 0 3 2
/// example: {budget 3} rows 3 1 1 weights 9 1 4 5 0 -> layer 1 keeps 0 3 4
/// example: {budget 0} after_reset() -> refuses
/// except: kept_rows_keep_their_order (the newest takes the slot of who goes)
struct Tova : EachStep {
  void after_reset(this auto& self) {
    self.EachStep::after_reset();
    self.given.clear();
  }

  void after_weights(this auto& self, int layer, const Buffer<float>& weights) {
    const size_t length = self.kv_cache.length(layer);
    self.newest.resize(weights.size());
    weights.download(self.newest.data(), self.newest.size());
    std::vector<float>& given = self.given[layer];
    given.assign(length, 0.0f);
    for (size_t i = 0; i + length <= self.newest.size(); i += length) {
      for (size_t slot = 0; slot < length; ++slot) given[slot] += self.newest[i + slot];
    }
  }

  /// Of an attention that does not tell its weights.
  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    if constexpr (!requires { self.hooks.after_weights; }) {
      const LlamaConfig& config = self.model.config;
      const int length = self.kv_cache.length(layer), size = config.heads * config.head_dim;
      Buffer<float> weights(self.device, static_cast<size_t>(config.kv_heads) * length);
      sum_attention(self.device, weights.data(),
                    queries.data() + static_cast<size_t>(count - 1) * size,
                    self.kv_cache.keys(layer), 1, config.heads, config.kv_heads, config.head_dim,
                    length, self.kv_cache.capacity(layer));
      self.after_weights(layer, weights);
    }
  }

  std::vector<float> scores(this auto& self, int layer) {
    std::vector<float> scores = self.attention_of_all_heads(layer);
    scores.back() = INFINITY;
    return scores;
  }

  /// What the newest query gives each token of `layer`.
  [[coop::sum]] std::vector<float> attention_of_all_heads(this auto& self, int layer) {
    std::vector<float> sums = self.given[layer];
    sums.resize(self.kv_cache.length(layer));
    return sums;
  }

  std::vector<int> who_goes(this auto& self, int layer,
                            const std::vector<std::vector<int>>& order) {
    const std::vector<float> sums = self.attention_of_all_heads(layer);
    const int older = static_cast<int>(sums.size()) - 1;
    return std::vector<int>(order.size(), lowest(sums, order.front(), older));
  }

 private:
  std::map<int, std::vector<float>> given;  // by layer: what each slot was given, over all heads
  std::vector<float> newest;                // (kv_heads, length), of the layer told last
};
