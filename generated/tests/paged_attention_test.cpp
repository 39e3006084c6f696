// Tests of PagedAttention, derived by `combine test artifacts/attention/paged.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: attention, since it reads kv_cache.blocks, and forward writes what it is given
// Peers: kv_cache {blocks, length}, model {config}, hooks {after_weights}
// Excepted by the author: answer_matters (length)
#include "artifacts/attention/paged.h"

#include "testing/attention.h"
#include "testing/contracts.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `hooks`: it notes what it is asked, and answers something.
struct HooksPeer : FakePeer {
  HooksPeer() : FakePeer("hooks") {}
  FAKE_HOOK(after_weights)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : PagedAttention {
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
    .name = "PagedAttention",
    .methods = attention_methods<Subject>(),
};

COOP_SMOKE(PagedAttention)
COOP_PEERS(PagedAttention)
COOP_METHOD_MATTERS(PagedAttention, forward)
COOP_ANSWER_MATTERS(PagedAttention, kv_cache, blocks)
COOP_LAWS(PagedAttention, same_again, instances_are_apart, attention_is_the_softmax,
          a_chunk_is_its_tokens_one_by_one, no_query_sees_what_comes_later, of_one_token_its_value,
          order_of_tokens_does_not_matter, other_layers_are_not_read, only_the_answer_is_written,
          hooks_hear_of_weights)
