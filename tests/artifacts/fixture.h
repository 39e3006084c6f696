// What the tests of artifacts share: a service to bind by hand, and where the data lies.
#pragma once

#include <coop/service.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/none.h"
#include "artifacts/load/llama2c_checkpoint.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/tokenize/llama2c_tokenizer.h"
#include "tests/artifacts/hand_bound.h"
#include "tests/reference/naive_llama.h"

/// The members of Decode.
template <class Loader, class Compressor = NoCompression, class KvCache = ContiguousKv,
          class Attention = FullAttention>
struct Fixture : coop::Service {
  Loader loader;
  Llama2cTokenizer tokenizer;
  Llama model;
  KvCache kv_cache;
  Attention attention;
  Compressor compressor;
  TopP sampler;
};

/// RoPE as of a model whose context was extended: of short, of middling and of long waves.
inline void stretch_waves(NaiveLlama& naive) {
  naive.factor = 4.0;
  naive.scaled_below = 16.0;
  naive.scaled_from = 1024.0;
}

/// With 64 tokens of context.
inline RopeScaling scaling_of(const NaiveLlama& from) {
  RopeScaling scaling = {.factor = static_cast<float>(from.factor)};
  if (from.scaled_from == 0.0) return scaling;  // all alike
  scaling.context = 64;
  scaling.low = static_cast<float>(scaling.context / from.scaled_from);
  scaling.high = static_cast<float>(scaling.context / from.scaled_below);
  return scaling;
}

/// Loads the weights of a NaiveLlama; the path is not used.
struct NaiveLoader : coop::Artifact {
  const NaiveLlama* source = nullptr;

  void load(this auto& self, const std::string&, LlamaConfig& config, LlamaWeights& weights) {
    const NaiveLlama& from = *self.source;
    config = {.dim = from.dim,
              .ffn_dim = from.ffn_dim,
              .layers = from.layers,
              .heads = from.heads,
              .kv_heads = from.kv_heads,
              .head_dim = from.head_dim,
              .vocab_size = from.vocab_size,
              .context = from.context,
              .rope_theta = static_cast<float>(from.theta),
              .rope_scaling = scaling_of(from),
              .norm_eps = static_cast<float>(from.eps),
              .tied_embeddings = from.tied,
              .rope_layout = from.interleaved ? RopeLayout::kInterleaved : RopeLayout::kHalfSplit};
    const auto upload = [&self](Buffer<float>& to, const std::vector<float>& values) {
      to = Buffer<float>(self.device, values.size());
      to.upload(values.data(), values.size());
    };
    upload(weights.token_embedding, from.embedding);
    upload(weights.attention_norm, from.attention_norm);
    upload(weights.wq, from.wq);
    upload(weights.wk, from.wk);
    upload(weights.wv, from.wv);
    upload(weights.wo, from.wo);
    upload(weights.ffn_norm, from.ffn_norm);
    upload(weights.w_gate, from.w_gate);
    upload(weights.w_up, from.w_up);
    upload(weights.w_down, from.w_down);
    upload(weights.final_norm, from.final_norm);
    if (!from.tied) upload(weights.output, from.output);
  }
};

/// Path of a file of the shared data, or "" where it is absent: COOP_SHARED_DATA, or shared/data
/// beside the checkout.
inline std::string shared_data(const std::string& name) {
  const char* folder = std::getenv("COOP_SHARED_DATA");
  const std::filesystem::path beside = std::filesystem::path(COOP_SOURCE_DIR) / "../shared/data";
  const std::filesystem::path path = (folder ? std::filesystem::path(folder) : beside) / name;
  return std::filesystem::exists(path) ? path.string() : "";
}

/// A folder for one test's files, removed at its end.
struct ScratchFolder {
  std::filesystem::path path;
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coop-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

/// A small random model.
inline NaiveLlama random_llama(int heads = 4, int kv_heads = 2, int head_dim = 8,
                               bool interleaved = true, bool tied = true, int dim = 32) {
  NaiveLlama llama;
  llama.dim = dim, llama.ffn_dim = 40, llama.layers = 2;
  llama.heads = heads, llama.kv_heads = kv_heads, llama.head_dim = head_dim;
  llama.vocab_size = 50, llama.context = 64;
  llama.interleaved = interleaved, llama.tied = tied;
  llama.randomize(7);
  return llama;
}

inline std::vector<int> random_tokens(int count, int vocab_size, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::vector<int> tokens(count);
  for (int& token : tokens) token = static_cast<int>(random() % vocab_size);
  return tokens;
}

/// The largest difference between rows of logits.
inline double largest_difference(const std::vector<std::vector<double>>& expected,
                                 const std::vector<std::vector<float>>& actual) {
  EXPECT_EQ(expected.size(), actual.size());
  double largest = 0.0;
  for (size_t row = 0; row < expected.size(); ++row) {
    for (size_t i = 0; i < expected[row].size(); ++i) {
      const double difference = std::abs(expected[row][i] - actual.at(row).at(i));
      if (!(difference <= largest)) largest = difference;  // NaN too
    }
  }
  return largest;
}

/// Runs tokens through the bound model, `chunk` at a time, and returns the logits of each.
template <class Bound>
std::vector<std::vector<float>> all_logits(Bound& service, const std::vector<int>& tokens,
                                           int chunk = 1) {
  std::vector<std::vector<float>> rows;
  for (size_t i = 0; i < tokens.size(); i += chunk) {
    const int count = static_cast<int>(std::min<size_t>(chunk, tokens.size() - i));
    service.model.forward(tokens.data() + i, count);
    const std::vector<float>& logits = service.model.logits(count);
    const int vocab_size = service.model.config.vocab_size;
    for (int row = 0; row < count; ++row) {
      rows.emplace_back(logits.begin() + row * vocab_size, logits.begin() + (row + 1) * vocab_size);
    }
  }
  return rows;
}
