// Answers many prompts on replicas of one model, behind a router. What can be swapped is a slot.
#pragma once

#include <coop/service.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/streaming_llm.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/serve/router.h"
#include "artifacts/tokenize/byte_pair.h"

/// Continues each line of a file. Every rank holds a whole model, and takes a line when it has
/// none.
template <class Loader = HuggingFace, class Tokenizer = BytePair, class Compressor = StreamingLlm,
          class Sampler = TopP, class Cache = ContiguousKv, class Attention = FullAttention>
struct AnswerLines : coop::Service {
  coop::Replicas<Loader> loader;
  coop::Replicas<Tokenizer> tokenizer;
  coop::Replicas<Llama> model;
  coop::Replicas<Cache> kv_cache;
  coop::Replicas<Attention> attention;
  coop::Replicas<Compressor> compressor;
  coop::Replicas<Sampler> sampler;
  coop::Owned<Router> router;

  /// Prints each line with what the model makes of it, in the order of the file.
  /// model    a checkpoint, or a folder in Hugging Face's layout
  /// prompts  file with a prompt in each line
  /// steps    most tokens to decode for a prompt
  int run(this auto& self, std::string model, std::string prompts, int steps = 64) {
    self.model.load(model);
    self.tokenizer.load(model, self.model.config.vocab_size);
    self.router.open(self.read_lines(prompts));
    const int replica = self.router.join();
    int answered = 0;
    while (const auto request = self.router.next(replica)) {
      const auto& [number, prompt] = *request;
      if (number < 0) {  // others are at work, and may fail
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        continue;
      }
      self.router.answer(number, self.continue_text(prompt, steps));
      ++answered;
    }
    std::fprintf(stderr, "replica %d: %d prompts\n", replica, answered);
    const std::vector<std::string> answers = self.router.answers();
    if (self.world.rank() != 0) return 0;
    for (const std::string& answer : answers) std::printf("%s\n", answer.c_str());
    return 0;
  }

 private:
  std::vector<std::string> read_lines(this auto&, const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + ": cannot be opened; --prompts names the file");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      if (!line.empty()) lines.push_back(line);
    }
    if (lines.empty()) throw std::runtime_error(path + ": there is no prompt in it");
    return lines;
  }

  /// The prompt and what follows.
  std::string continue_text(this auto& self, const std::string& prompt, int steps) {
    const LlamaConfig& config = self.model.config;
    const std::vector<int> tokens = self.tokenizer.encode(prompt);
    if (tokens.empty()) return prompt;
    if constexpr (requires { self.kv_cache.begin_text(tokens); }) {
      const int known = self.kv_cache.begin_text(tokens);
      self.model.prefill({tokens.begin() + known, tokens.end()});
    } else {
      self.kv_cache.reset(config.layers, config.kv_heads, config.head_dim);
      self.model.prefill(tokens);
    }
    std::string text = prompt;
    int token = tokens.back();
    for (int i = 0; i < steps; ++i) {
      const int next = self.sampler.sample(self.model.logits().data(), config.vocab_size);
      if (self.tokenizer.is_end(next)) break;
      text += self.tokenizer.decode(token, next);
      token = next;
      self.model.forward(&token, 1);
    }
    return text;
  }
};
