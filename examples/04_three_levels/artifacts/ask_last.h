#pragma once

#include <coop/artifact.h>

#include <map>
#include <vector>

#include "artifacts/compress/recent_queries.h"
#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "sum_attention.h"

/// Once the prompt is read, each head keeps what the prompt's last token attends to there.
struct AskLast : Selection {
  void after_attend(this auto& self, int layer, const Buffer<float>& queries, int count) {
    const LlamaConfig& config = self.model.config;
    self.last[layer].push(self.device, queries.data(), count, config.heads * config.head_dim, 1);
  }

  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    Buffer<float> received(self.device, config.kv_heads * length);
    sum_attention(self.device, received.data(), self.last[layer].data(), self.kv_cache.keys(layer),
                  1, config.heads, config.kv_heads, config.head_dim, length,
                  self.kv_cache.capacity(layer));
    std::vector<float> scores(received.size());
    received.download(scores.data(), scores.size());
    return scores;
  }

 private:
  std::map<int, RecentQueries> last;  // by layer: the newest query
};
