// Weights out of nowhere, the same each time.
#pragma once

#include <map>
#include <string>

#include "testing/fake_model.h"

namespace coop::testing {

/// What is to be loaded, as long as nobody changes it: of another form, as AnotherModel says.
inline LlamaConfig& loaded_shape() {
  static LlamaConfig shape = small_llama();
  return shape;
}

/// Weights of some names are multiplied, and the shape is another, as long as this lives.
class AnotherModel {
 public:
  using Factors = std::map<std::string, float>;
  explicit AnotherModel(Factors factors, const LlamaConfig& shape = loaded_shape())
      : factors_(current()), shape_(loaded_shape()) {
    current() = std::move(factors);
    loaded_shape() = shape;
  }
  ~AnotherModel() {
    current() = factors_;
    loaded_shape() = shape_;
  }
  AnotherModel(const AnotherModel&) = delete;
  static Factors& current() {
    static Factors factors;
    return factors;
  }

 private:
  const Factors factors_;  // those that were before
  const LlamaConfig shape_;
};

/// The reference for the peer `loader`: a small Llama whose weights are all different.
class FakeLoader : public Peer {
 public:
  explicit FakeLoader(Device& device) : Peer("loader"), device_(device) {}

  void load(const std::string&, LlamaConfig& config, LlamaWeights& weights) {
    const LlamaConfig shape = config = loaded_shape();
    const size_t dim = shape.dim, ffn_dim = shape.ffn_dim, layers = shape.layers;
    const size_t q_dim = shape.heads * shape.head_dim, kv_dim = shape.kv_heads * shape.head_dim;
    state_ = 1;
    fill("token_embedding", weights.token_embedding, shape.vocab_size * dim, 0.0f);
    fill("attention_norm", weights.attention_norm, layers * dim, 1.0f);
    fill("wq", weights.wq, layers * q_dim * dim, 0.0f);
    fill("wk", weights.wk, layers * kv_dim * dim, 0.0f);
    fill("wv", weights.wv, layers * kv_dim * dim, 0.0f);
    fill("wo", weights.wo, layers * dim * q_dim, 0.0f);
    fill("ffn_norm", weights.ffn_norm, layers * dim, 1.0f);
    fill("w_gate", weights.w_gate, layers * ffn_dim * dim, 0.0f);
    fill("w_up", weights.w_up, layers * ffn_dim * dim, 0.0f);
    fill("w_down", weights.w_down, layers * dim * ffn_dim, 0.0f);
    fill("final_norm", weights.final_norm, dim, 1.0f);
    if (!shape.tied_embeddings) fill("output", weights.output, shape.vocab_size * dim, 0.0f);
  }

  void look(std::vector<std::string>&) const {}  // nothing is done to it

 private:
  void fill(const char* name, Buffer<float>& weights, size_t size, float middle) {
    const auto factor = AnotherModel::current().find(name);
    const float by = factor == AnotherModel::current().end() ? 1 : factor->second;
    std::vector<float> numbers;
    for (size_t i = 0; i < size; ++i) {
      state_ = state_ * 1664525u + 1013904223u;
      numbers.push_back(by * (middle + static_cast<float>(state_ >> 8) / (1 << 24) - 0.5f));
    }
    weights = Buffer<float>(device_, size);
    weights.upload(numbers.data(), size);
  }

  Device& device_;
  unsigned state_ = 1;
};

}  // namespace coop::testing
