// A model of which only the shape is known, for what asks `self.model.config`.
#pragma once

#include <cmath>

#include "artifacts/model/llama_weights.h"
#include "testing/fakes.h"

namespace coop::testing {

/// The smallest shape in which nothing is equal by accident; one layer of keys and values is as in
/// FakeKvCache.
inline LlamaConfig small_llama() {
  LlamaConfig config;
  config.dim = 10;
  config.ffn_dim = 14;
  config.layers = 3;
  config.heads = 6;
  config.kv_heads = 2;
  config.head_dim = 4;
  config.vocab_size = 13;
  config.context = 64;
  return config;
}

/// How far RoPE turns a pair from one position to the next, in double: the period of what is slow
/// is stretched.
inline double turn_of(const LlamaConfig& config, int pair, int head_dim) {
  const double angle = std::pow(double(config.rope_theta), -2.0 * pair / head_dim);
  const auto& [factor, low, high, context] = config.rope_scaling;
  const double turns = context * angle / (2 * std::acos(-1.0));  // within the context
  if (turns > high) return angle;
  if (turns < low) return angle / factor;
  return angle * ((turns - low) + (high - turns) / factor) / (high - low);
}

/// The reference for the peer `model`.
struct FakeModel : Peer {
  FakeModel() : Peer("model") {}

  LlamaConfig config = small_llama();

  void look(std::vector<std::string>&) const {}  // nothing is done to it
};

}  // namespace coop::testing
