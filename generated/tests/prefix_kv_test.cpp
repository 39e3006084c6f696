// Tests of PrefixKv, derived by `combine test artifacts/cache/prefix.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: cache manager, since it keeps what append is given, and length tells of it
// Peers: model {config}, hooks {after_reset}
#include "artifacts/cache/prefix.h"

#include "testing/cache.h"
#include "testing/contracts.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `hooks`: it notes what it is asked, and answers something.
struct HooksPeer : FakePeer {
  HooksPeer() : FakePeer("hooks") {}
  FAKE_HOOK(after_reset)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : PrefixKv {
  Device device;
  KvList kv_list;  // what it was told to keep
  FakeModel model;
  HooksPeer hooks;

  void look_at_peers(std::vector<std::string>& seen) const {
    model.look(seen);
    hooks.FakePeer::look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "PrefixKv",
    .fields = {field_of<Subject>("block", &Subject::block, said({1, 64})),
               field_of<Subject>("held_tokens", &Subject::held_tokens, said({0, 1000000}))},
    .methods = cache_methods<Subject>(),
};

COOP_SMOKE(PrefixKv)
COOP_PEERS(PrefixKv)
COOP_CONTRACTS(PrefixKv)
COOP_FIELD_MATTERS(PrefixKv, block)
COOP_FIELD_MATTERS(PrefixKv, held_tokens)
COOP_METHOD_MATTERS(PrefixKv, reset)
COOP_METHOD_MATTERS(PrefixKv, length)
COOP_METHOD_MATTERS(PrefixKv, next_position)
COOP_METHOD_MATTERS(PrefixKv, capacity)
COOP_METHOD_MATTERS(PrefixKv, append)
COOP_METHOD_MATTERS(PrefixKv, erase)
COOP_METHOD_MATTERS(PrefixKv, keep)
COOP_METHOD_MATTERS(PrefixKv, put_newest)
COOP_METHOD_MATTERS(PrefixKv, add_to_values)
COOP_METHOD_MATTERS(PrefixKv, copy_keys)
COOP_METHOD_MATTERS(PrefixKv, put_keys_turned)
COOP_METHOD_MATTERS(PrefixKv, turn_keys)
COOP_LAWS(PrefixKv, what_is_meant_is_not_refused, same_again, instances_are_apart,
          what_is_kept_is_a_list, every_row_is_one_that_was_given, what_was_just_appended_is_kept,
          positions_count_what_was_given, layers_are_apart, one_by_one_is_at_once, a_reset_empties,
          a_reset_gives_all_blocks_back, blocks_follow_what_is_kept,
          a_second_sequence_is_like_the_first, a_copy_is_what_is_kept, values_are_added_as_told,
          turned_keys_are_turned_by_rope, bytes_cover_what_is_kept, steady_use_takes_no_more_memory,
          memory_follows_what_is_kept, what_is_refused_changes_nothing, what_is_no_layer_is_refused,
          a_reset_is_told)
