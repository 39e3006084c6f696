// Weights out of nowhere, the same each time.
#pragma once

#include "testing/fake_model.h"

namespace coop::testing {

/// The reference for the peer `loader`: a small Llama whose weights are all different.
class FakeLoader : public Peer {
 public:
  explicit FakeLoader(Device& device) : Peer("loader"), device_(device) {}

  void load(const std::string&, LlamaConfig& config, LlamaWeights& weights) {
    const LlamaConfig shape = config = small_llama();
    const size_t dim = shape.dim, ffn_dim = shape.ffn_dim, layers = shape.layers;
    const size_t q_dim = shape.heads * shape.head_dim, kv_dim = shape.kv_heads * shape.head_dim;
    state_ = 1;
    fill(weights.token_embedding, shape.vocab_size * dim, 0.0f);
    fill(weights.attention_norm, layers * dim, 1.0f);
    fill(weights.wq, layers * q_dim * dim, 0.0f);
    fill(weights.wk, layers * kv_dim * dim, 0.0f);
    fill(weights.wv, layers * kv_dim * dim, 0.0f);
    fill(weights.wo, layers * dim * q_dim, 0.0f);
    fill(weights.ffn_norm, layers * dim, 1.0f);
    fill(weights.w_gate, layers * ffn_dim * dim, 0.0f);
    fill(weights.w_up, layers * ffn_dim * dim, 0.0f);
    fill(weights.w_down, layers * dim * ffn_dim, 0.0f);
    fill(weights.final_norm, dim, 1.0f);
  }

  void look(std::vector<std::string>&) const {}  // nothing is done to it

 private:
  void fill(Buffer<float>& weights, size_t size, float middle) {
    std::vector<float> numbers;
    for (size_t i = 0; i < size; ++i) {
      state_ = state_ * 1664525u + 1013904223u;
      numbers.push_back(middle + static_cast<float>(state_ >> 8) / (1 << 24) - 0.5f);
    }
    weights = Buffer<float>(device_, size);
    weights.upload(numbers.data(), size);
  }

  Device& device_;
  unsigned state_ = 1;
};

}  // namespace coop::testing
