// Tests of KeyDiff, derived by `combine test artifacts/compress/key_diff.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length}, model {config}
#include "artifacts/compress/key_diff.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : KeyDiff {
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
    .name = "KeyDiff",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096}))},
    .methods = {method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "compress",
                    [](Subject& self, Given& given) { return self.compress(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers),
                method_of<Subject>("layer_budget",
                                   [](Subject& self, Given& given) {
                                     return self.layer_budget(given.number<int>(0));
                                   },
                                   {{"_0", {0, 64}}}),
                method_of<Subject>(
                    "scores",
                    [](Subject& self, Given& given) { return self.scores(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers)},
};

COOP_SMOKE(KeyDiff)
COOP_PEERS(KeyDiff)
COOP_CONTRACTS(KeyDiff)
COOP_FIELD_MATTERS(KeyDiff, budget)
COOP_METHOD_MATTERS(KeyDiff, after_prefill)
COOP_METHOD_MATTERS(KeyDiff, compress)
COOP_PARAMETER_MATTERS(KeyDiff, compress, 0, layer)
COOP_METHOD_MATTERS(KeyDiff, layer_budget)
COOP_METHOD_MATTERS(KeyDiff, scores)
COOP_PARAMETER_MATTERS(KeyDiff, scores, 0, layer)
COOP_ANSWER_MATTERS(KeyDiff, kv_cache, keys)
COOP_ANSWER_MATTERS(KeyDiff, kv_cache, length)
COOP_LAWS(KeyDiff, what_is_meant_is_not_refused, same_again, instances_are_apart,
          kept_rows_keep_their_order, newest_row_survives, other_layers_are_left_alone,
          something_is_always_kept, last_setting_wins, within_budget_is_left_alone,
          a_second_sequence_begins_anew, longer_input_never_keeps_fewer, twice_is_once,
          within_budget_nothing_is_asked, a_long_input_is_compressed, fields_work_in_one_direction,
          kept_rows_keep_their_content, turned_keys_close_the_gap, a_layer_reads_its_own,
          contents_of_every_layer_matter, attention_is_kept, layers_are_alike,
          a_beginning_begins_at_the_first, a_share_is_what_is_kept, the_budget_is_reached,
          as_many_are_kept_as_it_tells, as_many_are_kept_as_fields_say,
          the_budget_is_never_exceeded, layers_keep_the_budget_on_average, heads_are_treated_alike,
          who_is_told_most_of_is_kept, one_voice_is_heard, neighbours_gain_on_both_sides,
          what_is_dropped_is_forgotten)

TEST(KeyDiff_example, line_16) {
  Example(kDescription, {{"budget", 1}}).rows({3}, {{"keys", {1, 0, 2, 0, 0, 1}}}).keeps("2");
}
