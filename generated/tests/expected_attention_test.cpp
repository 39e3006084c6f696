// Tests of ExpectedAttention, derived by `combine test artifacts/compress/expected_attention.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length, next_position, values}, model {config}
#include "artifacts/compress/expected_attention.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : ExpectedAttention {
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
    .name = "ExpectedAttention",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096})),
               field_of<Subject>("future", &Subject::future, said({1, 4096})),
               field_of<Subject>("sinks", &Subject::sinks, said({0, 64}))},
    .methods = {method_of<Subject>(
                    "before_rope",
                    [](Subject& self, Given& given) {
                      return self.before_rope(given.number<int>(0), given.buffer(1, self.device),
                                              queries_in(given.size(1)));
                    },
                    {{"layer", {0, 2}},
                     {"queries", {-8, 8}, Parameter::kQueries},
                     {"count", {0, 64}, Parameter::kCount}},
                    Role::kHook),
                method_of<Subject>(
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

COOP_SMOKE(ExpectedAttention)
COOP_PEERS(ExpectedAttention)
COOP_CONTRACTS(ExpectedAttention)
COOP_FIELD_MATTERS(ExpectedAttention, budget)
COOP_FIELD_MATTERS(ExpectedAttention, future)
COOP_FIELD_MATTERS(ExpectedAttention, sinks)
COOP_METHOD_MATTERS(ExpectedAttention, before_rope)
COOP_PARAMETER_MATTERS(ExpectedAttention, before_rope, 1, queries)
COOP_METHOD_MATTERS(ExpectedAttention, after_prefill)
COOP_METHOD_MATTERS(ExpectedAttention, compress)
COOP_PARAMETER_MATTERS(ExpectedAttention, compress, 0, layer)
COOP_METHOD_MATTERS(ExpectedAttention, layer_budget)
COOP_METHOD_MATTERS(ExpectedAttention, scores)
COOP_PARAMETER_MATTERS(ExpectedAttention, scores, 0, layer)
COOP_ANSWER_MATTERS(ExpectedAttention, kv_cache, keys)
COOP_ANSWER_MATTERS(ExpectedAttention, kv_cache, length)
COOP_ANSWER_MATTERS(ExpectedAttention, kv_cache, next_position)
COOP_ANSWER_MATTERS(ExpectedAttention, kv_cache, values)
COOP_LAWS(ExpectedAttention, what_is_meant_is_not_refused, same_again, instances_are_apart,
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
          what_is_dropped_is_forgotten, earlier_rounds_count)

TEST(ExpectedAttention_example, line_24) {
  Example(kDescription, {{"budget", 5}}).rows({5}).keeps("0..4");
}

TEST(ExpectedAttention_example, line_25) {
  Example(kDescription, {{"budget", 4}}).call("after_reset").refuses();
}

TEST(ExpectedAttention_example, line_26) {
  Example(kDescription, {{"future", 0}}).call("after_reset").refuses();
}

TEST(ExpectedAttention_example, line_27) {
  Example(kDescription, {{"sinks", -1}}).call("after_reset").refuses();
}
