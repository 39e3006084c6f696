// What compressors cost beside the model: at the end of a prompt of 4,096 tokens, as a share of
// reading it; at every step, with 1,024 tokens kept, as a share of a decoded token. Attention is
// run both with the compressor, whom it may tell, and without.
//   clang++-22 -std=c++23 -O3 -march=native -fopenmp -w -I. -Iinclude -Ikernels/cpu
//     -DCOOP_SOURCE_DIR='"."' tests/benchmarks/compressors.cpp -lopenblas -lgtest -o compressors
//   OMP_NUM_THREADS=4 ./compressors
// On an idle machine; shares are of the same run, and of the best of several rounds.
#include <chrono>
#include <cstdio>

#include "artifacts/attention/narrow.h"
#include "artifacts/attention/paired.h"
#include "artifacts/cache/narrow.h"
#include "artifacts/cache/paired.h"
#include "artifacts/compress/cam.h"
#include "artifacts/compress/decoding.h"
#include "artifacts/compress/expected_attention.h"
#include "artifacts/compress/h2o.h"
#include "artifacts/compress/key_diff.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/merging.h"
#include "artifacts/compress/mini_cache.h"
#include "artifacts/compress/pyramid_kv.h"
#include "artifacts/compress/random_tokens.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/compress/streaming_llm.h"
#include "artifacts/compress/thin_k.h"
#include "artifacts/compress/tova.h"
#include "tests/artifacts/fixture.h"

namespace {

constexpr int kPrompt = 4096, kKept = 1024, kChunk = 64, kSteps = 128, kRounds = 8;

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What reading the prompt takes, and then a token with kKept in the cache.
struct Model {
  double prefill = 0.0, step = 0.0;

  explicit Model(const NaiveLlama& naive) {
    HandBound<Fixture<NaiveLoader>> service;
    service.loader.source = &naive;
    service.model.load("");
    prefill = seconds([&] { service.model.prefill(random_tokens(kPrompt, naive.vocab_size)); });
    service.model.load("");
    service.model.prefill(random_tokens(kKept, naive.vocab_size));
    const int token = 1;
    step = 1e9;
    for (int i = 0; i < kSteps; ++i) {
      step = std::min(step, seconds([&] {
                        service.model.forward(&token, 1);
                        service.model.logits();
                      }));
    }
  }
};

/// A cache of the model's shape, filled with random keys, of which the compressor is told.
template <class Compressor, class KvCache = ContiguousKv, class Attention = FullAttention>
struct Filled {
  HandBound<Fixture<NaiveLoader, Compressor, KvCache, Attention>> service;
  Buffer<float> queries, rows, mixed;
  int layers = 0;

  explicit Filled(const NaiveLlama& naive) : layers(naive.layers) {
    service.model.config = {.layers = naive.layers,
                            .heads = naive.heads,
                            .kv_heads = naive.kv_heads,
                            .head_dim = naive.head_dim};
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> numbers(static_cast<size_t>(kChunk) * naive.heads * naive.head_dim);
    for (float& number : numbers) number = normal(random);
    queries = Buffer<float>(service.device, numbers.size());
    queries.upload(numbers.data(), numbers.size());
    mixed = Buffer<float>(service.device, numbers.size());
    rows = Buffer<float>(service.device, numbers.size());
    rows.upload(numbers.data(), numbers.size());
    service.kv_cache.reset(naive.layers, naive.kv_heads, naive.head_dim);
  }

  void tell(int layer, int count) {
    service.hooks.before_rope(layer, queries, count);
    service.kv_cache.append(layer, rows.data(), rows.data(), count);
    service.attention.forward(layer, mixed.data(), queries.data(), count);
    service.hooks.after_attend(layer, queries, count);
    service.hooks.after_append(layer);
  }

  /// Reads `tokens`, a chunk at a time: seconds.
  double read(int tokens) {
    return seconds([&] {
      for (int first = 0; first < tokens; first += kChunk)
        for (int layer = 0; layer < layers; ++layer) tell(layer, kChunk);
    });
  }

  /// Decodes kSteps tokens; `best` has the least seconds that each has taken in any round.
  void step(std::vector<double>& best) {
    best.resize(kSteps, 1e9);
    for (double& each : best) {
      each = std::min(each, seconds([&] {
                        for (int layer = 0; layer < layers; ++layer) tell(layer, 1);
                      }));
    }
  }
};

template <class Compressor, class KvCache = ContiguousKv, class Attention = FullAttention>
void at_the_end(const char* name, const NaiveLlama& naive, const Model& model) {
  double told = 1e9, alone = 1e9, compressed = 1e9;
  for (int round = 0; round < 2; ++round) {
    alone = std::min(alone, Filled<NoCompression, KvCache, Attention>(naive).read(kPrompt));
    Filled<Compressor, KvCache, Attention> filled(naive);
    constexpr bool has_budget = requires { filled.service.compressor.budget; };
    if constexpr (has_budget) filled.service.compressor.budget = kPrompt;
    told = std::min(told, filled.read(kPrompt));
    if constexpr (has_budget) filled.service.compressor.budget = kKept;
    compressed = std::min(compressed, seconds([&] { filled.service.hooks.after_prefill(); }));
  }
  std::printf("  %-18s %8.2f ms, %6.2f %% of the prompt; with telling %6.2f %%\n", name,
              compressed * 1e3, 100 * compressed / model.prefill,
              100 * (compressed + told - alone) / model.prefill);
}

/// Beside a cache that is not compressed, of as many tokens on average.
template <class Compressor>
void at_every_step(const char* name, const NaiveLlama& naive, const Model& model) {
  Filled<Compressor> filled(naive);
  int length = kKept;
  if constexpr (requires { filled.service.compressor.interval; }) {
    length += filled.service.compressor.interval / 2;
  }
  if constexpr (requires { filled.service.compressor.budget; }) {
    filled.service.compressor.budget = kKept;
  }
  filled.read(kKept);
  std::vector<double> alone, with;
  for (int round = 0; round < kRounds; ++round) {
    Filled<NoCompression> full(naive);
    full.read(length - kSteps / 2);
    full.step(alone);
    filled.step(with);
  }
  double more = 0.0;
  for (int i = 0; i < kSteps; ++i) more += (with[i] - alone[i]) / kSteps;
  std::printf("  %-18s %8.3f ms, %6.2f %% of a token\n", name, more * 1e3, 100 * more / model.step);
}

void compare(const char* name, const NaiveLlama& naive) {
  const Model model(naive);
  std::printf("%s: %d tokens read in %.0f ms, one decoded in %.3f ms\n", name, kPrompt,
              model.prefill * 1e3, model.step * 1e3);
  at_the_end<RandomTokens>("RandomTokens", naive, model);
  at_the_end<Knorm>("Knorm", naive, model);
  at_the_end<KeyDiff>("KeyDiff", naive, model);
  at_the_end<SnapKv>("SnapKv", naive, model);
  at_the_end<PyramidKv>("PyramidKv", naive, model);
  at_the_end<ExpectedAttention>("ExpectedAttention", naive, model);
  at_the_end<Merging<Knorm>>("Merging<Knorm>", naive, model);
  at_the_end<ThinK, NarrowKv, NarrowAttention>("ThinK", naive, model);
  at_the_end<MiniCache, PairedKv, PairedAttention>("MiniCache", naive, model);
  at_every_step<StreamingLlm>("StreamingLlm", naive, model);
  at_every_step<Tova>("Tova", naive, model);
  at_every_step<H2o>("H2o", naive, model);
  at_every_step<Cam>("Cam", naive, model);
  at_every_step<Decoding<SnapKv>>("Decoding<SnapKv>", naive, model);
  at_every_step<Decoding<Tova>>("Decoding<Tova>", naive, model);
}

}  // namespace

int main() {
  NaiveLlama tiny = random_llama(8, 4, 32, false, true, 256);
  tiny.ffn_dim = 768, tiny.layers = 6, tiny.vocab_size = 4096, tiny.context = kPrompt;
  tiny.randomize(1);
  compare("tiny, 8 heads on 4 of 32 channels, 6 layers", tiny);
  NaiveLlama large = random_llama(12, 12, 64, false, true, 768);
  large.ffn_dim = 2048, large.layers = 12, large.vocab_size = 32000, large.context = kPrompt;
  large.randomize(1);
  compare("110M, 12 heads of 64 channels, 12 layers", large);
}
