// Decodes text with a bounded key/value cache. What can be swapped is a slot:
// `combine --with Compressor=NoCompression`.
#pragma once

#include <coop/service.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/streaming_llm.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/serve/metrics.h"
#include "artifacts/serve/prefix_directory.h"
#include "artifacts/tokenize/byte_pair.h"

/// Continues a text, one sequence at a time, with a bounded key/value cache.
template <class Loader = HuggingFace, class Tokenizer = BytePair, class Compressor = StreamingLlm,
          class Sampler = TopP, class Cache = ContiguousKv, class Attention = FullAttention>
struct Decode : coop::Service {
  Loader loader;
  Tokenizer tokenizer;
  coop::Sharded<Llama, coop::Heads> model;
  coop::Sharded<Cache, coop::Heads> kv_cache;
  coop::Sharded<Attention, coop::Heads> attention;
  coop::Sharded<Compressor, coop::Heads> compressor;
  Sampler sampler;
  coop::Owned<PrefixDirectory> prefix_directory;
  coop::Owned<Metrics> metrics;

  /// Continues a prompt, printing the text as it comes.
  /// model   a checkpoint, or a folder in Hugging Face's layout
  /// prompt  text to continue
  /// steps   most tokens to decode
  int run(this auto& self, std::string model, std::string prompt = "Once upon a time",
          int steps = 256) {
    self.model.load(model);
    self.tokenizer.load(model, self.model.config.vocab_size);
    const std::vector<int> tokens = self.tokenizer.encode(prompt);
    if (tokens.empty()) throw std::runtime_error("the prompt is empty: --prompt needs some text");
    for (size_t i = 0; i < tokens.size(); ++i) {
      self.print(i == 0 ? -1 : tokens[i - 1], tokens[i]);
    }

    int known_blocks = 0;
    if (self.world.size() > 1) known_blocks = self.announce(tokens);
    const auto start = std::chrono::steady_clock::now();
    self.model.prefill(tokens);
    const auto prefilled = std::chrono::steady_clock::now();
    int token = tokens.back(), decoded = 0;
    for (; decoded < steps; ++decoded) {
      const int next =
          self.world.size() > 1 && self.sampler.temperature == 0.0f
              ? self.model.likeliest().second
              : self.sampler.sample(self.model.logits().data(), self.model.config.vocab_size);
      if (self.tokenizer.is_end(next)) break;
      self.print(token, next);
      token = next;
      self.model.forward(&token, 1);
    }
    const std::chrono::duration<double> prefill_time = prefilled - start;
    const std::chrono::duration<double> decode_time = std::chrono::steady_clock::now() - prefilled;
    if (self.world.size() > 1) self.count_bytes();
    const size_t cache_bytes = self.kv_cache.bytes();
    if (self.world.size() > 1) self.report(known_blocks);
    if (self.world.rank() != 0) return 0;
    std::fprintf(stderr, "\n%zu tokens read at %.1f tokens/s, %d decoded at %.1f tokens/s\n",
                 tokens.size(), tokens.size() / prefill_time.count(), decoded,
                 decoded / decode_time.count());
    std::fprintf(stderr, "cache: %d tokens in each layer, %zu bytes\n", self.kv_cache.length(0),
                 cache_bytes);
    return 0;
  }

 private:
  /// Says which text is read now; how many blocks of its beginning were known.
  int announce(this auto& self, const std::vector<int>& tokens) {
    const int known = self.prefix_directory.find(tokens);
    self.prefix_directory.put(tokens);
    return known;
  }

  void count_bytes(this auto& self) {
    const std::string rank = "rank " + std::to_string(self.world.rank());
    self.metrics.count(rank + ": device bytes", self.device.live_bytes);
  }

  /// What was counted, once all ranks have done so.
  void report(this auto& self, int known_blocks) {
    const auto totals = self.metrics.report();
    if (self.world.rank() != 0) return;
    std::fprintf(stderr, "\n%d blocks of the prompt were known\n", known_blocks);
    for (const auto& [name, total] : totals) {
      std::fprintf(stderr, "%s %.0f\n", name.c_str(), total);
    }
  }

  void print(this auto& self, int previous_token, int token) {
    if (self.world.rank() != 0) return;
    const std::string text = self.tokenizer.decode(previous_token, token);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
};
