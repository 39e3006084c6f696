// Tests of PairedAttention, derived by `combine test artifacts/attention/paired.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: attention, since it reads kv_cache.paired_rows, and forward writes what it is given
// Peers: kv_cache {length, paired_rows}, model {config}
#include "artifacts/attention/paired.h"

#include "testing/attention.h"
#include "testing/contracts.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : PairedAttention {
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
    .name = "PairedAttention",
    .methods = attention_methods<Subject>(),
};

COOP_SMOKE(PairedAttention)
COOP_PEERS(PairedAttention)
COOP_METHOD_MATTERS(PairedAttention, forward)
COOP_ANSWER_MATTERS(PairedAttention, kv_cache, length)
COOP_LAWS(PairedAttention, same_again, instances_are_apart, attention_is_the_softmax,
          a_chunk_is_its_tokens_one_by_one, no_query_sees_what_comes_later, of_one_token_its_value,
          order_of_tokens_does_not_matter, other_layers_are_not_read, only_the_answer_is_written)
