// Attention over the cache that stands for another, in double.
#pragma once

#include <cmath>
#include <map>

#include "testing/fake_kv_cache.h"
#include "testing/fake_model.h"

namespace coop::testing {

/// The reference for the peer `attention`.
class FakeAttention : public Peer {
 public:
  FakeAttention() : Peer("attention") {}

  /// The cache that it reads: without one it answers the queries with themselves.
  void over(FakeKvCache& cache) { cache_ = &cache; }

  /// out and queries (count, heads, head_dim): the newest tokens of the layer, which are there.
  void forward(int layer, float* out, const float* queries, int count) {
    const LlamaConfig config = small_llama();
    if (cache_ == nullptr) {
      std::copy_n(queries, static_cast<size_t>(count) * config.heads * config.head_dim, out);
      return;
    }
    const int length = static_cast<int>(cache_->rows(layer).size());
    asks(1 <= count && count <= length, call_of("forward", {double(layer), double(count)}),
         "a count from 1 to " + std::to_string(length) + ", the tokens that the layer keeps");
    const int newest = cache_->rows(layer).back().id + 1;
    asks(newest == count || newest == attended_[layer] + count,
         call_of("forward", {double(layer), double(count)}),
         "the tokens that came since it was last asked about this layer, which are " +
             std::to_string(newest - attended_[layer]));
    attended_[layer] = newest;
    for (int row = 0; row < count; ++row)
      for (int head = 0; head < config.heads; ++head) {
        const int at = (row * config.heads + head) * config.head_dim;
        attend(layer, head / (config.heads / config.kv_heads), length - count + row + 1,
               queries + at, out + at);
      }
  }

  void look(std::vector<std::string>&) const {}  // nothing is done to it

 private:
  void attend(int layer, int head, int length, const float* query, float* out) {
    constexpr int kDim = FakeKvCache::kHeadDim;
    const size_t behind = static_cast<size_t>(head) * cache_->capacity(layer) * kDim;
    const float *keys = cache_->keys(layer) + behind, *values = cache_->values(layer) + behind;
    std::vector<double> weights(length), sums(kDim);
    double total = 0;
    for (int slot = 0; slot < length; ++slot) {
      for (int d = 0; d < kDim; ++d) weights[slot] += double(query[d]) * keys[slot * kDim + d];
      total += weights[slot] = std::exp(weights[slot] / std::sqrt(double(kDim)));
    }
    for (int slot = 0; slot < length; ++slot)
      for (int d = 0; d < kDim; ++d) sums[d] += weights[slot] / total * values[slot * kDim + d];
    for (int d = 0; d < kDim; ++d) out[d] = static_cast<float>(sums[d]);
  }

  FakeKvCache* cache_ = nullptr;
  std::map<int, int> attended_;  // tokens of each layer that were asked about
};

}  // namespace coop::testing
