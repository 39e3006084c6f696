// Tests of H2o, derived by `combine test artifacts/compress/h2o.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length, put_newest}, model {config}
// Excepted by the author: kept_rows_keep_their_order: the newest takes the slot of who goes
// Not tested: drop_one, since of its parameter order: nothing is known of
// std::vector<std::vector<int> > &
// Not tested: add, since of its parameter given: nothing is known of const Buffer<float> &
// Not tested: who_goes, since of its parameter order: nothing is known of const
// std::vector<std::vector<int> > &
// Not tested: replace, since of its parameter order: nothing is known of
// std::vector<std::vector<int> > &
// Not tested: keep, since of its parameter slots: nothing is known of const
// std::vector<std::vector<int> > &
#include "artifacts/compress/h2o.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/ties.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : H2o {
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
    .name = "H2o",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096})),
               field_of<Subject>("recent", &Subject::recent, said({1, 2048}))},
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
                    {{"layer", {0, 2}}}, Role::kReachesPeers)},
};

COOP_SMOKE(H2o)
COOP_PEERS(H2o)
COOP_CONTRACTS(H2o)
COOP_FIELD_MATTERS(H2o, budget)
COOP_FIELD_MATTERS(H2o, recent)
COOP_METHOD_MATTERS(H2o, after_attend)
COOP_PARAMETER_MATTERS(H2o, after_attend, 1, queries)
COOP_METHOD_MATTERS(H2o, after_prefill)
COOP_METHOD_MATTERS(H2o, after_append)
COOP_PARAMETER_MATTERS(H2o, after_append, 0, layer)
COOP_METHOD_MATTERS(H2o, after_weights)
COOP_PARAMETER_MATTERS(H2o, after_weights, 1, weights)
COOP_METHOD_MATTERS(H2o, layer_budget)
COOP_METHOD_MATTERS(H2o, compress)
COOP_PARAMETER_MATTERS(H2o, compress, 0, layer)
COOP_METHOD_MATTERS(H2o, scores)
COOP_PARAMETER_MATTERS(H2o, scores, 0, layer)
COOP_ANSWER_MATTERS(H2o, kv_cache, keys)
COOP_ANSWER_MATTERS(H2o, kv_cache, length)
COOP_LAWS(H2o, what_is_meant_is_not_refused, same_again, instances_are_apart, newest_row_survives,
          other_layers_are_left_alone, something_is_always_kept, last_setting_wins,
          within_budget_is_left_alone, a_second_sequence_begins_anew,
          longer_input_never_keeps_fewer, twice_is_once, within_budget_nothing_is_asked,
          a_long_input_is_compressed, fields_work_in_one_direction, kept_rows_keep_their_content,
          turned_keys_close_the_gap, a_layer_reads_its_own, contents_of_every_layer_matter,
          attention_is_kept, layers_are_alike, a_beginning_begins_at_the_first,
          a_share_is_what_is_kept, contents_or_not_the_newest_row_survives, the_budget_is_reached,
          as_many_are_kept_as_it_tells, as_many_are_kept_as_fields_say,
          the_budget_is_never_exceeded, heads_are_treated_alike, who_is_told_most_of_is_kept,
          one_voice_is_heard, neighbours_gain_on_both_sides, what_is_dropped_is_forgotten,
          earlier_rounds_count)
COOP_TIES(H2o, older)

TEST(H2o_example, line_20) { Example(kDescription, {{"budget", 512}}).rows({512}).keeps("0..511"); }

TEST(H2o_example, line_21) {
  Example(kDescription, {{"budget", 511}}).call("after_reset").refuses();
}

TEST(H2o_example, line_22) {
  Example(kDescription, {{"budget", 3}, {"recent", 1}})
      .rows({4}, {{"weights", {5, 1, 3, 0}}})
      .keeps("0 3 2", 1);
}

TEST(H2o_example, line_23) {
  Example(kDescription, {{"budget", 3}, {"recent", 1}})
      .rows({3, 1, 1}, {{"weights", {9, 1, 4, 5, 0}}})
      .keeps("0 4 2", 1);
}

TEST(H2o_example, line_24) {
  Example(kDescription, {{"budget", 2}, {"recent", 2}})
      .rows({4}, {{"weights", {5, 1, 3, 0}}})
      .keeps("2 3", 1);
}
