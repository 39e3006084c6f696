// Tests of StreamingLlm, derived by `combine test artifacts/compress/streaming_llm.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.erase
// Peers: kv_cache {copy_keys, erase, length, next_position, put_keys_turned}
#include "artifacts/compress/streaming_llm.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/golden.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : StreamingLlm {
  Device device;
  FakeKvCache kv_cache{device};

  void look_at_peers(std::vector<std::string>& seen) const { kv_cache.look(seen); }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "StreamingLlm",
    .fields = {field_of<Subject>("sinks", &Subject::sinks, said({0, 64})),
               field_of<Subject>("window", &Subject::window, said({1, 4096}))},
    .methods = {method_of<Subject>(
        "after_append",
        [](Subject& self, Given& given) { return self.after_append(given.number<int>(0)); },
        {{"layer", {0, 2}}}, Role::kHook)},
};

COOP_SMOKE(StreamingLlm)
COOP_PEERS(StreamingLlm)
COOP_CONTRACTS(StreamingLlm)
COOP_FIELD_MATTERS(StreamingLlm, sinks)
COOP_FIELD_MATTERS(StreamingLlm, window)
COOP_METHOD_MATTERS(StreamingLlm, after_append)
COOP_PARAMETER_MATTERS(StreamingLlm, after_append, 0, layer)
COOP_ANSWER_MATTERS(StreamingLlm, kv_cache, length)
COOP_ANSWER_MATTERS(StreamingLlm, kv_cache, next_position)
COOP_LAWS(StreamingLlm, what_is_meant_is_not_refused, same_again, instances_are_apart,
          kept_rows_keep_their_order, newest_row_survives, other_layers_are_left_alone,
          something_is_always_kept, last_setting_wins, within_budget_is_left_alone,
          a_second_sequence_begins_anew, longer_input_never_keeps_fewer, twice_is_once,
          within_budget_nothing_is_asked, a_long_input_is_compressed, fields_work_in_one_direction,
          kept_rows_keep_their_content, turned_keys_close_the_gap, a_layer_reads_its_own,
          contents_of_every_layer_matter, attention_is_kept, layers_are_alike,
          a_beginning_begins_at_the_first, a_share_is_what_is_kept, the_budget_is_reached,
          as_many_are_kept_as_it_tells, as_many_are_kept_as_fields_say,
          the_budget_is_never_exceeded, heads_are_treated_alike, who_is_told_most_of_is_kept,
          one_voice_is_heard, neighbours_gain_on_both_sides, what_is_dropped_is_forgotten)
COOP_GOLDEN(StreamingLlm, "streaming_llm.golden")

TEST(StreamingLlm_example, line_12) { Example(kDescription).rows({1030}).keeps("0..3 10..1029"); }
