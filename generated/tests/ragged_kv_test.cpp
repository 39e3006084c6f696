// Tests of RaggedKv, derived by `combine test artifacts/cache/ragged.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: cache manager, since it keeps what append is given, and length tells of it
// Peers: model {config}, hooks {after_reset}
#include "artifacts/cache/ragged.h"

#include "testing/cache.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `hooks`: it notes what it is asked, and answers something.
struct HooksPeer : FakePeer {
  HooksPeer() : FakePeer("hooks") {}
  FAKE_HOOK(after_reset)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : RaggedKv {
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
    .name = "RaggedKv",
    .fields = {field_of<Subject>("chunk", &Subject::chunk, said({1, 1024}))},
    .methods = cache_methods<Subject>(),
};

COOP_SMOKE(RaggedKv)
COOP_PEERS(RaggedKv)
COOP_CONTRACTS(RaggedKv)
COOP_FIELD_MATTERS(RaggedKv, chunk)
COOP_METHOD_MATTERS(RaggedKv, reset)
COOP_METHOD_MATTERS(RaggedKv, length)
COOP_METHOD_MATTERS(RaggedKv, next_position)
COOP_METHOD_MATTERS(RaggedKv, capacity)
COOP_METHOD_MATTERS(RaggedKv, append)
COOP_METHOD_MATTERS(RaggedKv, keep)
COOP_METHOD_MATTERS(RaggedKv, put_newest)
COOP_METHOD_MATTERS(RaggedKv, add_to_values)
COOP_METHOD_MATTERS(RaggedKv, turn_keys)
COOP_LAWS(RaggedKv, what_is_meant_is_not_refused, same_again, instances_are_apart,
          too_low_a_setting_is_refused, what_is_kept_is_a_list, every_row_is_one_that_was_given,
          what_was_just_appended_is_kept, positions_count_what_was_given, layers_are_apart,
          one_by_one_is_at_once, a_reset_empties, a_reset_gives_all_blocks_back,
          blocks_follow_what_is_kept, a_second_sequence_is_like_the_first, a_copy_is_what_is_kept,
          values_are_added_as_told, turned_keys_are_turned_by_rope, bytes_cover_what_is_kept,
          steady_use_takes_no_more_memory, room_is_used_before_rows_move,
          what_is_no_layer_is_refused, a_reset_is_told)

TEST(RaggedKv_example, line_81) {
  Example(kDescription).rows({3}).call("capacity", 0).returns("67");
}

TEST(RaggedKv_example, line_82) {
  Example(kDescription, {{"chunk", 4}}).rows({1, 4}).call("capacity", 0).returns("5");
}

TEST(RaggedKv_example, line_83) {
  Example(kDescription, {{"chunk", 4}}).rows({1, 5}).call("capacity", 0).returns("10");
}

TEST(RaggedKv_example, line_84) {
  Example(kDescription, {{"chunk", 1}}).rows({16, 2}).call("capacity", 0).returns("20");
}
