// What crosses ranks in Decode is on 2, 3 and 4 of them what it is on one: derived from its rules
// by
//   combine test --ranks --with Loader=RandomWeights --with Tokenizer=ByteTokenizer
//   services/decode.h -- --model layers=2 --prompt 'Once upon a time, there was a little girl'
//   --compressor.sinks 2 --compressor.window 14 --sampler.temperature 1

#define main run_program
#include "decode.cpp"  // emitted for the node, with a record of what crosses
#undef main

#include "testing/over_ranks.h"

namespace {

OverRanks& runs() {
  static OverRanks runs(
      run_program,
      {"--model", "layers=2", "--prompt", "Once upon a time, there was a little girl",
       "--compressor.sinks", "2", "--compressor.window", "14", "--sampler.temperature", "1"},
      "--steps", {"kv_cache.bytes"});
  return runs;
}

TEST(Decode_on_ranks, runs_on_any_number_of_them) { runs().expect_that_it_runs(); }

// [[coop::sum]] in artifacts/model/llama.h
TEST(Decode_on_ranks, model_embed_tokens) { runs().expect_same("model.embed_tokens", "sum"); }

// [[coop::sum]] in artifacts/model/llama.h
TEST(Decode_on_ranks, model_attention_block) { runs().expect_same("model.attention_block", "sum"); }

// [[coop::sum]] in artifacts/model/llama.h
TEST(Decode_on_ranks, model_feed_forward_block) {
  runs().expect_same("model.feed_forward_block", "sum");
}

// [[coop::argmax]] in artifacts/model/llama.h
TEST(Decode_on_ranks, model_likeliest) { runs().expect_same("model.likeliest", "argmax"); }

// [[coop::concat]] in artifacts/model/llama.h
TEST(Decode_on_ranks, model_logits) { runs().expect_same("model.logits", "concat"); }

// kv_cache.bytes is excepted: more ranks than key/value heads hold copies

// [[coop::same]] in artifacts/cache/contiguous.h
TEST(Decode_on_ranks, kv_cache_length) { runs().expect_same("kv_cache.length", "same"); }

// [[coop::same]] in artifacts/cache/contiguous.h
TEST(Decode_on_ranks, kv_cache_next_position) {
  runs().expect_same("kv_cache.next_position", "same");
}

TEST(Decode_on_ranks, cost_of_a_step) {
  runs().expect_cost(
      {"model.embed_tokens", "model.attention_block", "model.feed_forward_block", "model.likeliest",
       "model.logits", "kv_cache.bytes"},
      {"prefix_directory.find", "prefix_directory.put", "metrics.count", "metrics.report"});
}

}  // namespace
