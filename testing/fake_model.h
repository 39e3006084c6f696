// A model of which only the shape is known, for what asks `self.model.config`.
#pragma once

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

/// The reference for the peer `model`.
struct FakeModel : Peer {
  FakeModel() : Peer("model") {}

  LlamaConfig config = small_llama();

  void look(std::vector<std::string>&) const {}  // nothing is done to it
};

}  // namespace coop::testing
