// Expected Attention: what queries that are yet to come will make of each token.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <vector>

#include "add_moments.h"
#include "artifacts/compress/selection.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "expected_scores.h"
#include "rope_scaling.h"
#include "row_norms.h"

/// Expected Attention (Devoto et al., 2025): queries before RoPE are taken as normal, with the mean
/// and the covariance of those so far, turned by the mean turn of the next `future` positions. A
/// token scores the attention that such a query gives it on average, times the norm of its value.
/// example: {budget 5} rows 5 -> keeps 0..4
/// example: {budget 4} after_reset() -> refuses
/// example: {future 0} after_reset() -> refuses
/// example: {sinks -1} after_reset() -> refuses
struct ExpectedAttention : Selection {
  int future = 512;  ///< Positions ahead that count; range 1..4096.
  int sinks = 4;     ///< First tokens, which stay and whose queries are no example; range 0..64.

  void after_reset(this auto& self) {
    require_at_least("future", self.future, 1);
    require_at_least("sinks", self.sinks, 0);
    require_at_least("budget", self.budget, self.sinks + 1);
    self.queries_of.clear();
    self.prompt_is_read = false;
  }

  /// The choice is made: queries to come decide nothing.
  void after_prefill(this auto& self) {
    self.Selection::after_prefill();
    self.prompt_is_read = true;
  }

  void before_rope(this auto& self, int layer, const Buffer<float>& queries, int count) {
    if (self.prompt_is_read) return;
    const int heads = self.model.config.heads, head_dim = self.model.config.head_dim;
    Moments& so_far = self.moments(layer);
    const int skipped = std::clamp(self.sinks - self.kv_cache.next_position(layer), 0, count);
    add_moments(self.device, so_far.sums.data(), so_far.products.data(),
                queries.data() + static_cast<size_t>(skipped) * heads * head_dim, count - skipped,
                heads, head_dim);
    so_far.count += count - skipped;
  }

  std::vector<float> scores(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), group = config.heads / config.kv_heads;
    const std::vector<float> expected = self.expected(layer);
    Buffer<float> norms(self.device, static_cast<size_t>(config.kv_heads) * length);
    row_norms(self.device, norms.data(), self.kv_cache.values(layer), config.kv_heads, length,
              config.head_dim, self.kv_cache.capacity(layer));
    std::vector<float> value_norms(norms.size()), scores(norms.size());
    norms.download(value_norms.data(), norms.size());
    for (int head = 0; head < config.heads; ++head) {
      const float* of_head = &expected[static_cast<size_t>(head) * length];
      float* sums = &scores[static_cast<size_t>(head / group) * length];
      const int first = std::min(self.sinks, length);
      std::fill(sums, sums + first, INFINITY);
      if (first == length) continue;
      const float largest = *std::max_element(of_head + first, of_head + length);
      double total = 0.0;
      for (int slot = first; slot < length; ++slot) total += std::exp(of_head[slot] - largest);
      for (int slot = first; slot < length; ++slot) {
        sums[slot] += static_cast<float>(std::exp(of_head[slot] - largest) / total);
      }
      // A query gives 1 in all.
      COOP_ENSURES(std::abs(std::accumulate(sums + first, sums + length, 0.0f) -
                            static_cast<float>(head % group + 1)) < 1e-3f);
    }
    if constexpr (!COOP_SINGLE_GPU) scores = self.model.of_all_queries(scores, length);
    for (size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] < INFINITY) scores[i] *= value_norms[i] / group;
    }
    return scores;
  }

 private:
  /// Of each query head: the sum of its queries, and of their products channel by channel.
  struct Moments {
    Buffer<float> sums;      // (heads, head_dim)
    Buffer<float> products;  // (heads, head_dim, head_dim)
    int count = 0;           // queries
  };

  Moments& moments(this auto& self, int layer) {
    const int heads = self.model.config.heads, head_dim = self.model.config.head_dim;
    Moments& moments = self.queries_of[layer];
    if (moments.sums.empty()) {
      moments.sums = Buffer<float>(self.device, heads * head_dim);
      moments.products = Buffer<float>(self.device, moments.sums.size() * head_dim);
    }
    return moments;
  }

  /// The logarithm of what a query to come gives each token: (heads, length).
  std::vector<float> expected(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), d = config.head_dim;
    const Moments& so_far = self.moments(layer);
    std::vector<float> mean(so_far.sums.size()), covariance(so_far.products.size());
    so_far.sums.download(mean.data(), mean.size());
    so_far.products.download(covariance.data(), covariance.size());
    const float count = static_cast<float>(std::max(1, so_far.count));
    for (float& sum : mean) sum /= count;
    for (size_t at = 0; at < covariance.size(); ++at) {
      const size_t row = at / d, column = at / d / d * d + at % d;
      covariance[at] = covariance[at] / count - mean[row] * mean[column];
    }
    const std::vector<float> turns = self.mean_turns(layer);
    for (size_t head = 0; head < mean.size(); head += d) self.turn(&mean[head], 1, turns);
    for (size_t at = 0; at < mean.size(); ++at) self.turn(&covariance[at * d], 1, turns);
    for (size_t at = 0; at < mean.size(); ++at) {  // its rows, then its columns
      self.turn(&covariance[at / d * d * d + at % d], d, turns);
    }

    Buffer<float> scores(self.device, static_cast<size_t>(config.heads) * length);
    Buffer<float> device_mean(self.device, mean.size());
    Buffer<float> device_covariance(self.device, covariance.size());
    device_mean.upload(mean.data(), mean.size());
    device_covariance.upload(covariance.data(), covariance.size());
    expected_scores(self.device, scores.data(), device_mean.data(), device_covariance.data(),
                    self.kv_cache.keys(layer), config.heads, config.kv_heads, d, length,
                    self.kv_cache.capacity(layer));
    std::vector<float> host_scores(scores.size());
    scores.download(host_scores.data(), host_scores.size());
    return host_scores;
  }

  /// Cosine and sine of each pair's angle, on average over the positions to come.
  std::vector<float> mean_turns(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int d = config.head_dim, next = self.kv_cache.next_position(layer);
    std::vector<float> turns(d);
    for (int pair = 0; pair < d / 2; ++pair) {
      const double frequency = rope_frequency(pair, d, config.rope_theta, config.rope_scaling);
      double cosine = 0.0, sine = 0.0;
      for (int position = next; position < next + self.future; ++position) {
        cosine += std::cos(position * frequency);
        sine += std::sin(position * frequency);
      }
      turns[2 * pair] = static_cast<float>(cosine / self.future);
      turns[2 * pair + 1] = static_cast<float>(sine / self.future);
    }
    return turns;
  }

  /// Turns the channels of a head, each `stride` further than the one before. By a mean of turns,
  /// no pair gets longer.
  void turn(this auto& self, float* channels, int stride, const std::vector<float>& turns) {
    const bool interleaved = self.model.config.rope_layout == RopeLayout::kInterleaved;
    const int pairs = static_cast<int>(turns.size()) / 2;
    for (int pair = 0; pair < pairs; ++pair) {
      float& x = channels[(interleaved ? 2 * pair : pair) * stride];
      float& y = channels[(interleaved ? 2 * pair + 1 : pair + pairs) * stride];
      const float first = x * turns[2 * pair] - y * turns[2 * pair + 1];
      const float second = x * turns[2 * pair + 1] + y * turns[2 * pair];
      COOP_ENSURES(std::hypot(first, second) <= 1.0001f * std::hypot(x, y) + 1e-6f);
      x = first;
      y = second;
    }
  }

  std::map<int, Moments> queries_of;  // by layer
  bool prompt_is_read = false;
};
