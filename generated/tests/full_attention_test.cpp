// Tests of FullAttention, derived by `combine test artifacts/attention/full.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: attention, since it reads kv_cache.keys, and forward writes what it is given
// Peers: kv_cache {capacity, keys, length, values}, model {config}, hooks {after_weights}
#include "artifacts/attention/full.h"

#include "testing/attention.h"
#include "testing/contracts.h"
#include "testing/fake_peer.h"
#include "testing/golden.h"

using namespace coop::testing;

/// What stands for `hooks`: it notes what it is asked, and answers something.
struct HooksPeer : FakePeer {
  HooksPeer() : FakePeer("hooks") {}
  FAKE_HOOK(after_weights)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : FullAttention {
  Device device;
  FakeKvCache kv_cache{device};
  FakeModel model;
  HooksPeer hooks;

  void look_at_peers(std::vector<std::string>& seen) const {
    kv_cache.look(seen);
    model.look(seen);
    hooks.FakePeer::look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "FullAttention",
    .methods = attention_methods<Subject>(),
};

COOP_SMOKE(FullAttention)
COOP_PEERS(FullAttention)
COOP_METHOD_MATTERS(FullAttention, forward)
COOP_ANSWER_MATTERS(FullAttention, kv_cache, keys)
COOP_ANSWER_MATTERS(FullAttention, kv_cache, length)
COOP_ANSWER_MATTERS(FullAttention, kv_cache, values)
COOP_LAWS(FullAttention, same_again, instances_are_apart, attention_is_the_softmax,
          a_chunk_is_its_tokens_one_by_one, no_query_sees_what_comes_later, of_one_token_its_value,
          order_of_tokens_does_not_matter, other_layers_are_not_read, only_the_answer_is_written,
          hooks_hear_of_weights)
COOP_GOLDEN(FullAttention, "full_attention.golden")
