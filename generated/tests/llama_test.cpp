// Tests of Llama, derived by `combine test artifacts/model/llama.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: model, since it calls the hook after_append and returns logits
// Peers: attention {forward}, kv_cache {append, next_position, reset}, loader {load}, hooks
// {after_append, after_attend, after_prefill, before_rope}
// Not tested: config, since a scenario holds no LlamaConfig
#include "artifacts/model/llama.h"

#include "testing/contracts.h"
#include "testing/fake_peer.h"
#include "testing/golden.h"
#include "testing/model.h"

using namespace coop::testing;

/// What stands for `hooks`: it notes what it is asked, and answers something.
struct HooksPeer : FakePeer {
  HooksPeer() : FakePeer("hooks") {}
  FAKE_HOOK(after_append)
  FAKE_HOOK(after_attend)
  FAKE_HOOK(after_prefill)
  FAKE_HOOK(before_rope)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Llama {
  Device device;
  struct {
    int rank() const { return 0; }
    int size() const { return 1; }
  } world;
  FakeAttention attention;
  FakeKvCache kv_cache{device};
  FakeLoader loader{device};
  HooksPeer hooks;

  void look_at_peers(std::vector<std::string>& seen) const {
    attention.look(seen);
    kv_cache.look(seen);
    loader.look(seen);
    hooks.FakePeer::look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "Llama",
    .fields = {field_of<Subject>("prefill_chunk", &Subject::prefill_chunk, said({1, 1024}))},
    .methods = model_methods<Subject>(),
};

COOP_SMOKE(Llama)
COOP_PEERS(Llama)
COOP_CONTRACTS(Llama)
COOP_FIELD_MATTERS(Llama, prefill_chunk)
COOP_METHOD_MATTERS(Llama, prefill)
COOP_METHOD_MATTERS(Llama, forward)
COOP_METHOD_MATTERS(Llama, logits)
COOP_ANSWER_MATTERS(Llama, kv_cache, next_position)
COOP_LAWS(Llama, what_is_meant_is_not_refused, same_again, instances_are_apart,
          too_low_a_setting_is_refused, a_chunk_is_its_tokens, prefill_is_forward,
          logits_are_of_the_last_tokens, every_layer_keeps_every_token, hooks_hear_of_each_layer,
          the_likeliest_has_the_largest_logit, a_load_begins_anew, tokens_and_their_order_matter,
          a_llama_computes_what_its_weights_say, what_is_no_token_is_refused,
          logits_are_told_of_tokens_that_ran, hooks_hear_of_attention)
COOP_GOLDEN(Llama, "llama.golden")
