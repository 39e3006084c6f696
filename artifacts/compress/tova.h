// TOVA: whom the newest token attends to least goes.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <map>
#include <vector>

#include "artifacts/compress/recent_queries.h"
#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// TOVA (Oren et al., 2024): a token scores the attention that the newest query gives it, added up
/// over all heads, which keep the same tokens. The newest token stays.
struct Tova : Selection {
  void after_reset(this auto& self) {
    require_at_least("budget", self.budget, 1);
    self.newest.clear();
  }

  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    const LlamaConfig& config = self.model.config;
    self.newest[layer].push(self.device, queries.data(), count, config.heads * config.head_dim, 1);
  }

  void after_append(this auto& self, int layer) { self.compress(layer); }

  std::vector<float> scores(this auto& self, int layer) {
    std::vector<float> scores = self.attention_of_all_heads(layer);
    scores.back() = INFINITY;
    return scores;
  }

  /// What the newest query gives each token of `layer`.
  [[coop::sum]] std::vector<float> attention_of_all_heads(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    const RecentQueries& newest = self.newest[layer];
    Buffer<float> received(self.device, static_cast<size_t>(config.kv_heads) * length);
    sum_attention(self.device, received.data(), newest.data(), self.kv_cache.keys(layer),
                  newest.count(), config.heads, config.kv_heads, config.head_dim, length,
                  self.kv_cache.capacity(layer));
    std::vector<float> of_heads(received.size()), sums(length);
    received.download(of_heads.data(), of_heads.size());
    for (size_t i = 0; i < of_heads.size(); ++i) sums[i % length] += of_heads[i];
    return sums;
  }

 private:
  std::map<int, RecentQueries> newest;  // by layer: the query of the newest token
};
