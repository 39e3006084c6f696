// Measures how well a model predicts a text with a bounded key/value cache.
#pragma once

#include <coop/service.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/streaming_llm.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/tokenize/byte_pair.h"
#include "services/documents.h"

/// -log softmax(logits)[token], in nats; logits (vocab_size).
inline double negative_log_likelihood(const std::vector<float>& logits, int token) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return std::log(sum) + largest - logits[token];
}

/// The negative log-likelihood of a given text, token by token as decoding would meet it.
template <class Loader = HuggingFace, class Tokenizer = BytePair, class Compressor = StreamingLlm,
          class Cache = ContiguousKv, class Attention = FullAttention>
struct Perplexity : coop::Service {
  Loader loader;
  Tokenizer tokenizer;
  coop::Sharded<Llama, coop::Heads> model;
  coop::Sharded<Cache, coop::Heads> kv_cache;
  coop::Sharded<Attention, coop::Heads> attention;
  coop::Sharded<Compressor, coop::Heads> compressor;

  /// Prints, for each part of the text, the mean negative log-likelihood of a token in nats, and
  /// what the cache holds at the part's end.
  /// model   path of the model
  /// text    file with the text; lines of <|endoftext|> part its documents, encoded one by one
  /// tokens  most tokens to read of it
  /// parts   parts to report
  /// logits  file to write the logits of each position to, as float32 (positions, vocab_size)
  int run(this auto& self, std::string model, std::string text, int tokens = 2048, int parts = 8,
          std::string logits = "") {
    self.model.load(model);
    self.tokenizer.load(model, self.model.config.vocab_size);
    const std::vector<int> stream = self.encode_file(text);
    const int count = std::min(tokens, static_cast<int>(stream.size()));
    if (parts < 1 || count <= parts) throw std::runtime_error(text + ": fewer tokens than parts");

    std::ofstream logits_file;
    if (!logits.empty()) logits_file.open(logits, std::ios::binary);
    std::printf("tokens       nll  cache length  cache bytes  live bytes\n");
    double total = 0.0;
    int i = 1;  // the first token is given, not predicted
    for (int part = 1; part <= parts; ++part) {
      const int begin = i, end = 1 + static_cast<int>((count - 1LL) * part / parts);
      double sum = 0.0;
      for (; i < end; ++i) {
        self.model.forward(&stream[i - 1], 1);
        const std::vector<float>& row = self.model.logits();
        sum += negative_log_likelihood(row, stream[i]);
        if (logits.empty() || self.world.rank() != 0) continue;
        logits_file.write(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(float));
      }
      const size_t cache_bytes = self.kv_cache.bytes();
      total += sum;
      if (self.world.rank() != 0) continue;
      std::printf("%6d  %8.4f  %12d  %11zu  %10zu\n", end, sum / (end - begin),
                  self.kv_cache.length(0), cache_bytes, self.device.live_bytes);
    }
    if (self.world.rank() != 0) return 0;
    std::printf("all     %8.4f\n", total / (count - 1));
    if (!logits.empty() && !logits_file.flush()) {
      throw std::runtime_error(logits + ": the logits cannot be written");
    }
    return 0;
  }

 private:
  std::vector<int> encode_file(this auto& self, const std::string& path) {
    std::vector<int> stream;
    for (const std::string& document : read_documents(path)) {
      const std::vector<int> tokens = self.tokenizer.encode(document);
      stream.insert(stream.end(), tokens.begin(), tokens.end());
    }
    return stream;
  }
};
