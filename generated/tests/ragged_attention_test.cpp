// Tests of RaggedAttention, derived by `combine test artifacts/attention/ragged.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: attention, since it reads kv_cache.keys, and forward writes what it is given
// Peers: kv_cache {begins, keys, length, room, values}, model {config}
#include "artifacts/attention/ragged.h"

#include "testing/attention.h"
#include "testing/contracts.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : RaggedAttention {
  Device device;
  FakeKvCache kv_cache{device};
  FakeModel model;

  void look_at_peers(std::vector<std::string>& seen) const {
    kv_cache.look(seen);
    model.look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "RaggedAttention",
    .methods = attention_methods<Subject>(),
};

COOP_SMOKE(RaggedAttention)
COOP_PEERS(RaggedAttention)
COOP_METHOD_MATTERS(RaggedAttention, forward)
COOP_ANSWER_MATTERS(RaggedAttention, kv_cache, begins)
COOP_ANSWER_MATTERS(RaggedAttention, kv_cache, keys)
COOP_ANSWER_MATTERS(RaggedAttention, kv_cache, length)
COOP_ANSWER_MATTERS(RaggedAttention, kv_cache, room)
COOP_ANSWER_MATTERS(RaggedAttention, kv_cache, values)
COOP_LAWS(RaggedAttention, same_again, instances_are_apart, attention_is_the_softmax,
          a_chunk_is_its_tokens_one_by_one, no_query_sees_what_comes_later, of_one_token_its_value,
          order_of_tokens_does_not_matter, other_layers_are_not_read, only_the_answer_is_written)
