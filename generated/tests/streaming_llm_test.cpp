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
    .fields = {field_of<Subject>("sinks", &Subject::sinks, {0, 64}),
               field_of<Subject>("window", &Subject::window, {1, 4096})},
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
COOP_LAW(StreamingLlm, same_again)
COOP_LAW(StreamingLlm, instances_are_apart)
COOP_LAW(StreamingLlm, kept_rows_keep_their_order)
COOP_LAW(StreamingLlm, newest_row_survives)
COOP_LAW(StreamingLlm, other_layers_are_left_alone)
COOP_LAW(StreamingLlm, something_is_always_kept)
COOP_LAW(StreamingLlm, last_setting_wins)
COOP_LAW(StreamingLlm, within_budget_is_left_alone)
COOP_LAW(StreamingLlm, longer_input_never_keeps_fewer)
COOP_LAW(StreamingLlm, twice_is_once)
COOP_LAW(StreamingLlm, the_budget_is_reached)
COOP_LAW(StreamingLlm, the_budget_is_never_exceeded)
COOP_LAW(StreamingLlm, within_budget_nothing_is_asked)
COOP_LAW(StreamingLlm, a_long_input_is_compressed)
COOP_LAW(StreamingLlm, fields_work_in_one_direction)
COOP_LAW(StreamingLlm, kept_rows_keep_their_content)
COOP_LAW(StreamingLlm, turned_keys_close_the_gap)
COOP_LAW(StreamingLlm, a_layer_reads_its_own)
COOP_LAW(StreamingLlm, contents_of_every_layer_matter)
COOP_LAW(StreamingLlm, attention_is_kept)
COOP_LAW(StreamingLlm, layers_are_alike)
COOP_GOLDEN(StreamingLlm, "streaming_llm.golden")

TEST(StreamingLlm_example, line_12) { Example(kDescription).rows({1030}).keeps("0..3 10..1029"); }
