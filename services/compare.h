// Measures how far a bounded key/value cache leads a model astray, once a prompt has been read.
#pragma once

#include <coop/service.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/serve/compressor_metrics.h"
#include "artifacts/serve/compressor_start.h"
#include "artifacts/tokenize/byte_pair.h"
#include "services/documents.h"

/// The logarithm of softmax(logits), (vocab_size).
inline std::vector<double> log_softmax(const std::vector<float>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  std::vector<double> out;
  for (const float logit : logits) out.push_back(logit - largest - std::log(sum));
  return out;
}

/// KL(full | compressed), in nats, of two distributions that are given by their logarithms.
inline double divergence(const std::vector<double>& full, const std::vector<double>& compressed) {
  double sum = 0.0;
  for (size_t i = 0; i < full.size(); ++i) sum += std::exp(full[i]) * (full[i] - compressed[i]);
  return sum;
}

/// What is added up over all documents.
struct Totals {
  double documents = 0.0;
  double prompt_tokens = 0.0, prompt_seconds = 0.0, prompt_compressing = 0.0;
  double tokens = 0.0, seconds = 0.0, compressing = 0.0;  // of what is scored
  double nll = 0.0, divergence = 0.0, hits = 0.0;
  double kept_share = 0.0, cache_bytes = 0.0, live_bytes = 0.0;  // behind the prompts
};

/// How well a model predicts texts whose beginning a compressor has made smaller.
template <class Loader = HuggingFace, class Tokenizer = BytePair, class Compressor = SnapKv,
          class Cache = ContiguousKv, class Attention = FullAttention>
struct Compare : coop::Service {
  Loader loader;
  Tokenizer tokenizer;
  coop::Sharded<Llama, coop::Heads> model;
  coop::Sharded<Cache, coop::Heads> kv_cache;
  coop::Sharded<Attention, coop::Heads> attention;
  CompressorStart compressor_start;  // these two time what stands between them
  coop::Sharded<Compressor, coop::Heads> compressor;
  CompressorMetrics compressor_metrics;

  /// Of each document, reads the first tokens as one prompt, and is given the rest token by token.
  /// Prints how well it predicted that rest, and what the cache held behind the prompt.
  /// model      path of the model
  /// text       file with the text; lines of <|endoftext|> part its documents
  /// prompt     tokens of each document's prompt; a document without two more is left out
  /// reference  logits of the same texts by the full cache, to measure the divergence from
  /// logits     file for the logits of each scored token, as float32 (tokens, vocab_size)
  /// scores     file for a line about each: document, its first byte, the byte behind it, token,
  ///            -log p, divergence, whether it was the likeliest
  int run(this auto& self, std::string model, std::string text, int prompt = 256,
          std::string reference = "", std::string logits = "", std::string scores = "") {
    if (prompt < 1) throw std::runtime_error("--prompt is below 1");
    self.open(reference, logits, scores);
    self.model.load(model);
    self.tokenizer.load(model, self.model.config.vocab_size);
    self.bytes_before = self.device.live_bytes;
    const std::vector<std::string> documents = read_documents(text);
    for (size_t i = 0; i < documents.size(); ++i) {
      const std::vector<int> tokens = self.tokenizer.encode(documents[i]);
      if (static_cast<int>(tokens.size()) < prompt + 2) continue;
      self.read_prompt({tokens.begin(), tokens.begin() + prompt});
      self.score_rest(i, tokens, prompt);
    }
    if (self.totals.documents == 0.0) {
      throw std::runtime_error(text + ": no document has two tokens more than --prompt");
    }
    if (self.world.rank() != 0) return 0;
    self.close(reference, logits, scores);
    self.report();
    return 0;
  }

 private:
  void open(this auto& self, const std::string& reference, const std::string& logits,
            const std::string& scores) {
    if (!reference.empty()) {
      self.reference_file.open(reference, std::ios::binary);
      if (!self.reference_file) throw std::runtime_error(reference + ": cannot be opened");
    }
    if (self.world.rank() != 0) return;
    if (!logits.empty()) self.logits_file.open(logits, std::ios::binary);
    if (!scores.empty()) self.scores_file.open(scores);
  }

  /// A document begins: an empty cache, then its prompt.
  void read_prompt(this auto& self, const std::vector<int>& prompt) {
    const LlamaConfig& config = self.model.config;
    self.kv_cache.reset(config.layers, config.kv_heads, config.head_dim);
    const double compressing = self.compressor_metrics.seconds();
    const auto start = std::chrono::steady_clock::now();
    self.model.prefill(prompt);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    Totals& totals = self.totals;
    totals.documents += 1.0;
    totals.prompt_tokens += prompt.size();
    totals.prompt_seconds += time.count();
    totals.prompt_compressing += self.compressor_metrics.seconds() - compressing;
  }

  /// Gives the model tokens[first] and those behind it, and scores what it makes of the next.
  void score_rest(this auto& self, size_t document, const std::vector<int>& tokens, size_t first) {
    const double compressing = self.compressor_metrics.seconds();
    size_t byte = 0;  // of the document, where the next token begins
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      byte += self.tokenizer.decode(i == 0 ? -1 : tokens[i - 1], tokens[i]).size();
      if (i < first) continue;
      const auto start = std::chrono::steady_clock::now();
      self.model.forward(&tokens[i], 1);
      const std::vector<float> logits = self.model.logits();
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      self.totals.seconds += time.count();
      if (i == first) self.look_at_cache();
      if (self.world.rank() != 0) continue;
      const int next = tokens[i + 1];
      const size_t end = byte + self.tokenizer.decode(tokens[i], next).size();
      self.scores_file << document << ' ' << byte << ' ' << end << ' ';
      self.score(logits, next);
    }
    self.totals.compressing += self.compressor_metrics.seconds() - compressing;
  }

  /// Once the first token behind the prompt is decoded: by then every compressor has done its work.
  void look_at_cache(this auto& self) {
    self.totals.kept_share += self.compressor_metrics.kept_share();
    self.totals.cache_bytes += self.kv_cache.bytes();
    self.totals.live_bytes += self.device.live_bytes - self.bytes_before;
  }

  void score(this auto& self, const std::vector<float>& logits, int token) {
    const size_t bytes = logits.size() * sizeof(float);
    const std::vector<double> predicted = log_softmax(logits);
    double from_full = 0.0;
    if (self.reference_file.is_open()) {
      std::vector<float> full(logits.size());
      if (!self.reference_file.read(reinterpret_cast<char*>(full.data()), bytes)) {
        throw std::runtime_error("--reference ends early: it is of other texts, or another model");
      }
      from_full = divergence(log_softmax(full), predicted);
    }
    const bool hit = std::max_element(logits.begin(), logits.end()) == logits.begin() + token;
    self.totals.tokens += 1.0;
    self.totals.nll -= predicted[token];
    self.totals.divergence += from_full;
    self.totals.hits += hit;
    self.scores_file << token << ' ' << -predicted[token] << ' ' << from_full << ' ' << hit << '\n';
    self.logits_file.write(reinterpret_cast<const char*>(logits.data()), bytes);
  }

  void report(this auto& self) {
    const Totals& totals = self.totals;
    std::printf("documents           %.0f\n", totals.documents);
    std::printf("tokens              %.0f\n", totals.tokens);
    std::printf("nll                 %.6f\n", totals.nll / totals.tokens);
    if (self.reference_file.is_open()) {
      std::printf("divergence          %.6f\n", totals.divergence / totals.tokens);
    }
    std::printf("hits                %.6f\n", totals.hits / totals.tokens);
    std::printf("kept share          %.6f\n", totals.kept_share / totals.documents);
    std::printf("cache bytes         %.0f\n", totals.cache_bytes / totals.documents);
    std::printf("live bytes          %.0f\n", totals.live_bytes / totals.documents);
    std::printf("prompt tokens/s     %.1f\n", totals.prompt_tokens / totals.prompt_seconds);
    std::printf("prompt compressing  %.6f\n", totals.prompt_compressing / totals.prompt_seconds);
    std::printf("decode compressing  %.6f\n", totals.compressing / totals.seconds);
    std::printf("decoded tokens/s    %.1f\n", totals.tokens / totals.seconds);
  }

  /// A file that could not be written, or not be read to its end, makes the figures worthless.
  void close(this auto& self, const std::string& reference, const std::string& logits,
             const std::string& scores) {
    const bool is_open = self.reference_file.is_open();
    if (is_open && self.reference_file.peek() != std::ifstream::traits_type::eof()) {
      throw std::runtime_error(reference + ": is longer than what was read: of other texts");
    }
    if (!logits.empty() && !self.logits_file.flush()) {
      throw std::runtime_error(logits + ": cannot be written");
    }
    if (!scores.empty() && !self.scores_file.flush()) {
      throw std::runtime_error(scores + ": cannot be written");
    }
  }

  Totals totals;
  size_t bytes_before = 0;  // of the device, before any prompt
  std::ifstream reference_file;
  std::ofstream logits_file;
  std::ofstream scores_file;
};
