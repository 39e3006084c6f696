// Attention whose scores are softly capped.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "artifacts/model/llama_weights.h"

/// Gemma 2 (Gemma Team, 2024): a score s becomes cap * tanh(s / cap), so that no token can take all
/// of the attention. On the CPU alone: it reads keys and values where they lie.
struct SoftCapAttention : coop::Artifact {
  float cap = 50.0f;  ///< What no score exceeds, either way; range 1.0..1000.0.

  /// Each query attends to all tokens of `kv_cache`, those of its own chunk causally. out and
  /// queries (count, heads, head_dim): the newest tokens of `layer`, which the cache has already.
  void forward(this auto& self, int layer, float* out, const float* queries, int count) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer);
    COOP_EXPECTS(count >= 1 && count <= length);
    const size_t size = config.head_dim, stride = self.kv_cache.capacity(layer) * size;
    const int group = config.heads / config.kv_heads;  // query heads that read the same keys
    for (int row = 0; row < count; ++row) {
      for (int head = 0; head < config.heads; ++head) {
        const size_t at = (static_cast<size_t>(row) * config.heads + head) * size;
        self.attend(out + at, queries + at, self.kv_cache.keys(layer) + head / group * stride,
                    self.kv_cache.values(layer) + head / group * stride, length - count + row + 1,
                    config.head_dim);
      }
    }
  }

 private:
  /// One query (head_dim) over `length` keys and values (length, head_dim) of its head.
  void attend(this auto& self, float* out, const float* query, const float* keys,
              const float* values, int length, int head_dim) {
    std::vector<double> weights(length);
    for (int slot = 0; slot < length; ++slot) {
      double score = 0.0;
      for (int i = 0; i < head_dim; ++i) {
        score += static_cast<double>(query[i]) * keys[static_cast<size_t>(slot) * head_dim + i];
      }
      weights[slot] = self.cap * std::tanh(score / std::sqrt(head_dim) / self.cap);
    }
    const double largest = *std::max_element(weights.begin(), weights.end());
    double total = 0.0;
    for (double& weight : weights) total += weight = std::exp(weight - largest);
    for (int i = 0; i < head_dim; ++i) {
      double sum = 0.0;
      for (int slot = 0; slot < length; ++slot) {
        sum += weights[slot] * values[static_cast<size_t>(slot) * head_dim + i];
      }
      out[i] = static_cast<float>(sum / total);
    }
  }
};
