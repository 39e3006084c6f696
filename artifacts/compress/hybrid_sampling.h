// Hybrid sampling: the newest tokens, and what the newest key is like.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/compress/selection.h"
#include "artifacts/compress/top_slots.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// The hybrid sampling of Fastcache's sampler: the `recent` newest tokens stay, and of the others
/// those to which the newest key, taken for a query, would attend in the last layer, on average
/// over its heads. All layers and heads keep the same tokens.
/// except: other_layers_are_left_alone (the last layer decides for all)
/// except: contents_of_every_layer_matter (those of the last do)
struct HybridSampling : Selection {
  int recent = 128;  ///< Newest tokens, which stay; range 1..2048.

  void after_reset(this auto& self) {
    require_at_least("recent", self.recent, 1);
    require_at_least("budget", self.budget, self.recent);
  }

  /// The last layer decides for all: when it is there, they hold as many tokens.
  void compress(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), budget = self.layer_budget(layer);
    if (layer + 1 < config.layers || length <= budget) return;
    std::vector<std::vector<int>> slots = top_slots(self.scores(layer), length, budget);
    slots.resize(config.kv_heads, slots.front());
    for (int each = 0; each < config.layers; ++each) {
      if (self.kv_cache.length(each) != length) {
        throw std::runtime_error("HybridSampling keeps the same tokens in all layers, and layer " +
                                 std::to_string(each) + " holds others than the last");
      }
      self.kv_cache.keep(each, slots);
    }
  }

  std::vector<float> scores(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length <= self.recent) return std::vector<float>(length, INFINITY);
    std::vector<float> scores = self.attention_to_old(layer);
    scores.resize(length, INFINITY);
    return scores;
  }

 private:
  /// What each token in front of the recent ones is given, added up over all query heads, which
  /// all have the newest key of the head that they read.
  [[coop::sum]] std::vector<float> attention_to_old(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), old = length - self.recent;
    const Buffer<float> newest = self.kv_cache.copy_keys(layer, length - 1, length);
    Buffer<float> received(self.device, static_cast<size_t>(config.kv_heads) * old);
    sum_attention(self.device, received.data(), newest.data(), self.kv_cache.keys(layer), 1,
                  config.kv_heads, config.kv_heads, config.head_dim, old,
                  self.kv_cache.capacity(layer));
    std::vector<float> of_heads(received.size()), sums(old);
    received.download(of_heads.data(), of_heads.size());
    const auto group = static_cast<float>(config.heads / config.kv_heads);
    for (size_t i = 0; i < of_heads.size(); ++i) sums[i % old] += of_heads[i] * group;
    return sums;
  }
};
