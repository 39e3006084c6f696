// Tokens that were attended most, of late more than long ago.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <vector>

#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// A2SF (Jo and Shin, 2024): a token scores the attention that it received, as in H2O, but each
/// time that queries come, what it received before counts `forgetting` times as much: so the old,
/// whom more queries could look at, have no advantage. A prompt's chunk is one time.
/// ties: older
/// example: rows 1024 -> keeps 0..1023
struct ForgettingScores : Selection {
  float forgetting = 0.9f;  ///< What counts of what was received before; range 0.0..1.0.

  void after_reset(this auto& self) {
    self.Selection::after_reset();
    if (!(self.forgetting >= 0.0f && self.forgetting <= 1.0f)) {
      throw std::runtime_error("compressor.forgetting must be 0 to 1");
    }
    self.received.clear();
  }

  /// What the newest queries gave to each slot; weights (kv_heads, length).
  void after_weights(this auto& self, int layer, const Buffer<float>& weights) {
    const size_t length = self.kv_cache.length(layer);
    COOP_EXPECTS(weights.size() == self.model.config.kv_heads * length);
    std::vector<float> given(weights.size());
    weights.download(given.data(), given.size());
    const float* of_head = given.data();
    for (std::vector<float>& sums : self.sums(layer)) {
      for (size_t slot = 0; slot < length; ++slot) {
        sums[slot] = self.forgetting * sums[slot] + of_head[slot];
      }
      of_head += length;
    }
  }

  /// Of an attention that does not tell its weights.
  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    if constexpr (!requires { self.hooks.after_weights; }) {
      const LlamaConfig& config = self.model.config;
      const int length = self.kv_cache.length(layer);
      Buffer<float> weights(self.device, static_cast<size_t>(config.kv_heads) * length);
      sum_attention(self.device, weights.data(), queries.data(), self.kv_cache.keys(layer), count,
                    config.heads, config.kv_heads, config.head_dim, length,
                    self.kv_cache.capacity(layer));
      self.after_weights(layer, weights);
    }
  }

  void after_append(this auto& self, int layer) { self.compress(layer); }

  std::vector<float> scores(this auto& self, int layer) {
    std::vector<float> scores;
    for (const std::vector<float>& sums : self.sums(layer)) {
      scores.insert(scores.end(), sums.begin(), sums.end());
    }
    return scores;
  }

  /// The sums follow their tokens.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    std::vector<std::vector<float>>& sums = self.sums(layer);
    for (size_t head = 0; head < sums.size(); ++head) {
      std::vector<float> kept;
      for (const int slot : slots[head]) kept.push_back(sums[head][slot]);
      sums[head] = kept;
    }
    self.kv_cache.keep(layer, slots);
  }

 private:
  /// What each slot received so far: (kv_heads, length).
  std::vector<std::vector<float>>& sums(this auto& self, int layer) {
    std::vector<std::vector<float>>& sums = self.received[layer];
    sums.resize(self.model.config.kv_heads);
    for (std::vector<float>& of_head : sums) of_head.resize(self.kv_cache.length(layer));
    return sums;
  }

  std::map<int, std::vector<std::vector<float>>> received;  // by layer
};
