// Tests of Tova, derived by `combine test artifacts/compress/tova.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length, put_newest}, model {config}
// Excepted by the author: kept_rows_keep_their_order: the newest takes the slot of who goes
// Not tested: drop_one, since of its parameter order: nothing is known of
// std::vector<std::vector<int> > &
// Not tested: replace, since of its parameter order: nothing is known of
// std::vector<std::vector<int> > &
// Not tested: keep, since of its parameter slots: nothing is known of const
// std::vector<std::vector<int> > &
// Not tested: who_goes, since of its parameter order: nothing is known of const
// std::vector<std::vector<int> > &
#include "artifacts/compress/tova.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/ties.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Tova {
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
    .name = "Tova",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096}))},
    .methods = {method_of<Subject>(
                    "after_attend",
                    [](Subject& self, Given& given) {
                      return self.after_attend(given.number<int>(0), given.buffer(1, self.device),
                                               queries_in(given.size(1)));
                    },
                    {{"layer", {0, 2}},
                     {"queries", {-8, 8}, Parameter::kQueries},
                     {"count", {0, 64}, Parameter::kCount}},
                    Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_append",
                    [](Subject& self, Given& given) {
                      return self.after_append(given.number<int>(0));
                    },
                    {{"layer", {0, 2}}}, Role::kHook),
                method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_weights",
                    [](Subject& self, Given& given) {
                      return self.after_weights(given.number<int>(0), given.buffer(1, self.device));
                    },
                    {{"layer", {0, 2}}, {"weights", {0, 15}, Parameter::kArray}}, Role::kHook),
                method_of<Subject>("layer_budget",
                                   [](Subject& self, Given& given) {
                                     return self.layer_budget(given.number<int>(0));
                                   },
                                   {{"_0", {0, 64}}}),
                method_of<Subject>(
                    "compress",
                    [](Subject& self, Given& given) { return self.compress(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers),
                method_of<Subject>(
                    "scores",
                    [](Subject& self, Given& given) { return self.scores(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers),
                method_of<Subject>(
                    "attention_of_all_heads",
                    [](Subject& self, Given& given) {
                      return self.attention_of_all_heads(given.number<int>(0));
                    },
                    {{"layer", {0, 2}}}, Role::kReachesPeers)},
};

COOP_SMOKE(Tova)
COOP_PEERS(Tova)
COOP_CONTRACTS(Tova)
COOP_FIELD_MATTERS(Tova, budget)
COOP_METHOD_MATTERS(Tova, after_attend)
COOP_PARAMETER_MATTERS(Tova, after_attend, 1, queries)
COOP_METHOD_MATTERS(Tova, after_prefill)
COOP_METHOD_MATTERS(Tova, after_append)
COOP_PARAMETER_MATTERS(Tova, after_append, 0, layer)
COOP_METHOD_MATTERS(Tova, after_weights)
COOP_PARAMETER_MATTERS(Tova, after_weights, 1, weights)
COOP_METHOD_MATTERS(Tova, layer_budget)
COOP_METHOD_MATTERS(Tova, compress)
COOP_PARAMETER_MATTERS(Tova, compress, 0, layer)
COOP_METHOD_MATTERS(Tova, scores)
COOP_PARAMETER_MATTERS(Tova, scores, 0, layer)
COOP_METHOD_MATTERS(Tova, attention_of_all_heads)
COOP_PARAMETER_MATTERS(Tova, attention_of_all_heads, 0, layer)
COOP_ANSWER_MATTERS(Tova, kv_cache, keys)
COOP_ANSWER_MATTERS(Tova, kv_cache, length)
COOP_LAWS(Tova, what_is_meant_is_not_refused, same_again, instances_are_apart, newest_row_survives,
          other_layers_are_left_alone, something_is_always_kept, last_setting_wins,
          within_budget_is_left_alone, a_second_sequence_begins_anew,
          longer_input_never_keeps_fewer, twice_is_once, within_budget_nothing_is_asked,
          a_long_input_is_compressed, fields_work_in_one_direction, kept_rows_keep_their_content,
          turned_keys_close_the_gap, a_layer_reads_its_own, contents_of_every_layer_matter,
          attention_is_kept, layers_are_alike, a_beginning_begins_at_the_first,
          a_share_is_what_is_kept, the_budget_is_reached, as_many_are_kept_as_it_tells,
          as_many_are_kept_as_fields_say, the_budget_is_never_exceeded, heads_are_treated_alike,
          who_is_told_most_of_is_kept, one_voice_is_heard, neighbours_gain_on_both_sides,
          what_is_dropped_is_forgotten)
COOP_TIES(Tova, older)

TEST(Tova_example, line_19) {
  Example(kDescription, {{"budget", 3}}).rows({4}, {{"weights", {5, 1, 3, 0}}}).keeps("0 3 2", 1);
}

TEST(Tova_example, line_20) {
  Example(kDescription, {{"budget", 3}})
      .rows({3, 1, 1}, {{"weights", {9, 1, 4, 5, 0}}})
      .keeps("0 3 4", 1);
}

TEST(Tova_example, line_21) {
  Example(kDescription, {{"budget", 0}}).call("after_reset").refuses();
}
