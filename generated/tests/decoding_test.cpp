// Tests of Decoding, derived by `combine test artifacts/compress/decoding.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length}, model {config}
#include "artifacts/compress/decoding.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Decoding<> {
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
    .name = "Decoding",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096})),
               field_of<Subject>("window", &Subject::window, said({1, 256})),
               field_of<Subject>("neighbours", &Subject::neighbours, said({0, 8})),
               field_of<Subject>("interval", &Subject::interval, said({1, 1024}))},
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
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
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

COOP_SMOKE(Decoding)
COOP_PEERS(Decoding)
COOP_CONTRACTS(Decoding)
COOP_FIELD_MATTERS(Decoding, budget)
COOP_FIELD_MATTERS(Decoding, window)
COOP_FIELD_MATTERS(Decoding, neighbours)
COOP_FIELD_MATTERS(Decoding, interval)
COOP_METHOD_MATTERS(Decoding, after_attend)
COOP_PARAMETER_MATTERS(Decoding, after_attend, 1, queries)
COOP_METHOD_MATTERS(Decoding, after_prefill)
COOP_METHOD_MATTERS(Decoding, after_append)
COOP_PARAMETER_MATTERS(Decoding, after_append, 0, layer)
COOP_METHOD_MATTERS(Decoding, compress)
COOP_PARAMETER_MATTERS(Decoding, compress, 0, layer)
COOP_METHOD_MATTERS(Decoding, layer_budget)
COOP_METHOD_MATTERS(Decoding, scores)
COOP_PARAMETER_MATTERS(Decoding, scores, 0, layer)
COOP_ANSWER_MATTERS(Decoding, kv_cache, keys)
COOP_ANSWER_MATTERS(Decoding, kv_cache, length)
COOP_LAWS(Decoding, what_is_meant_is_not_refused, same_again, instances_are_apart,
          kept_rows_keep_their_order, newest_row_survives, other_layers_are_left_alone,
          something_is_always_kept, last_setting_wins, within_budget_is_left_alone,
          a_second_sequence_begins_anew, longer_input_never_keeps_fewer, twice_is_once,
          within_budget_nothing_is_asked, a_long_input_is_compressed, fields_work_in_one_direction,
          kept_rows_keep_their_content, turned_keys_close_the_gap, a_layer_reads_its_own,
          contents_of_every_layer_matter, attention_is_kept, layers_are_alike,
          a_beginning_begins_at_the_first, a_share_is_what_is_kept,
          contents_or_not_the_newest_row_survives, the_budget_is_reached,
          as_many_are_kept_as_it_tells, as_many_are_kept_as_fields_say,
          the_budget_is_never_exceeded, heads_are_treated_alike, who_is_told_most_of_is_kept,
          one_voice_is_heard, neighbours_gain_on_both_sides, what_is_dropped_is_forgotten)

TEST(Decoding_example, line_11) {
  Example(kDescription, {{"budget", 3}, {"window", 2}, {"neighbours", 8}, {"interval", 4}})
      .rows({3, 4})
      .keeps("0 5 6");
}
