// Text without end in a cache of fixed size.
#include "artifacts/compress/streaming_llm.h"

#include <cmath>

#include "artifacts/attention/paged.h"
#include "artifacts/attention/ragged.h"
#include "artifacts/cache/paged.h"
#include "artifacts/cache/ragged.h"
#include "artifacts/compress/decoding.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/rerotated.h"
#include "tests/artifacts/fixture.h"

namespace {

/// What a cache that counts positions by its length does: the bug that this project's positions
/// prevent. New keys are turned as if the evicted tokens had never been; the old are left as they
/// are.
struct PositionsFromLength : ContiguousKv {
  int next_position(this auto& self, int layer) { return self.length(layer); }
};

struct EraseOnly : coop::Artifact {
  int sinks = 4;
  int window = 252;
  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length > self.sinks + self.window) {
      self.kv_cache.erase(layer, self.sinks, length - self.window);
    }
  }
};

/// StreamingLlm's choice without its positions.
struct FirstAndNewest : Selection {
  int sinks = 4;
  std::vector<float> scores(this auto& self, int layer) {
    std::vector<float> scores(self.kv_cache.length(layer));
    for (size_t slot = 0; slot < scores.size(); ++slot) scores[slot] = static_cast<float>(slot);
    std::fill_n(scores.begin(), self.sinks, INFINITY);
    return scores;
  }
};

double negative_log_likelihood(const std::vector<float>& logits, int token) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  return std::log(sum) + largest - logits[token];
}

/// `count` tokens of stories that the model tells itself, at temperature 1 and top-p 0.9, each from
/// an empty cache.
std::vector<int> own_stories(const std::string& path, int count, int seed) {
  HandBound<Fixture<Llama2cCheckpoint>> service;
  service.sampler.temperature = 1.0f;
  service.sampler.seed = seed;
  std::vector<int> tokens;
  service.model.load(path);
  while (static_cast<int>(tokens.size()) < count) {
    const LlamaConfig& config = service.model.config;
    service.kv_cache.reset(config.layers, config.kv_heads, config.head_dim);
    int token = 1;  // beginning of text
    for (int i = 0; i < config.context && (i == 0 || token != 1); ++i) {
      tokens.push_back(token);
      service.model.forward(&token, 1);
      token = service.sampler.sample(service.model.logits().data(), config.vocab_size);
    }
  }
  tokens.resize(count);
  return tokens;
}

/// Mean negative log-likelihood in each eighth of the tokens.
template <class Bound>
std::vector<double> by_eighth(Bound& service, const std::vector<int>& tokens) {
  std::vector<double> eighths(8, 0.0);
  const size_t predicted = tokens.size() - 1;
  for (size_t i = 0; i < predicted; ++i) {
    service.model.forward(&tokens[i], 1);
    eighths[i * 8 / predicted] +=
        negative_log_likelihood(service.model.logits(), tokens[i + 1]) * 8 / predicted;
  }
  return eighths;
}

template <class Bound>
void set_budget(Bound& service, int sinks, int window) {
  service.compressor.sinks = sinks;
  service.compressor.window = window;
}

TEST(StreamingLlm, EqualsAReferenceThatRotatesWithinTheCache) {
  for (const bool interleaved : {true, false}) {
    const NaiveLlama naive = random_llama(4, 2, 8, interleaved);
    const std::vector<int> tokens = random_tokens(3000, naive.vocab_size);
    for (const auto& [sinks, window] : {std::pair(4, 60), std::pair(1, 7), std::pair(0, 33)}) {
      HandBound<Fixture<NaiveLoader, StreamingLlm>> service;
      service.loader.source = &naive;
      set_budget(service, sinks, window);
      service.model.load("");
      const auto expected =
          naive.forward(tokens, sinks, window, NaiveLlama::Positions::kWithinCache);
      EXPECT_LT(largest_difference(expected, all_logits(service, tokens)), 1e-4)
          << sinks << " sinks, window " << window;
      EXPECT_EQ(service.kv_cache.length(0), sinks + window);
      EXPECT_EQ(service.kv_cache.next_position(0), 3000);
    }
  }
}

TEST(StreamingLlm, IsTheIdentityWhileEverythingFits) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(64, naive.vocab_size);
  HandBound<Fixture<NaiveLoader, StreamingLlm>> streaming;
  HandBound<Fixture<NaiveLoader, NoCompression>> full;
  streaming.loader.source = full.loader.source = &naive;
  set_budget(streaming, 4, 60);
  streaming.model.load("");
  full.model.load("");
  EXPECT_EQ(all_logits(streaming, tokens), all_logits(full, tokens)) << "not bit for bit";
  EXPECT_EQ(streaming.kv_cache.length(0), 64);
}

TEST(StreamingLlm, KeepsItsBudgetAfterALongPrompt) {
  const NaiveLlama naive = random_llama();
  HandBound<Fixture<NaiveLoader, StreamingLlm>> service;
  service.loader.source = &naive;
  set_budget(service, 4, 28);
  service.model.load("");
  service.model.prefill(random_tokens(500, naive.vocab_size));
  for (int layer = 0; layer < naive.layers; ++layer) {
    EXPECT_EQ(service.kv_cache.length(layer), 32);
    EXPECT_EQ(service.kv_cache.next_position(layer), 500);
  }
}

TEST(StreamingLlm, SecondSequenceEqualsAFreshOne) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(200, naive.vocab_size);
  HandBound<Fixture<NaiveLoader, StreamingLlm>> service;
  service.loader.source = &naive;
  set_budget(service, 4, 28);
  service.model.load("");
  const auto first = all_logits(service, tokens);
  all_logits(service, random_tokens(77, naive.vocab_size, 4));
  service.model.load("");
  EXPECT_EQ(all_logits(service, tokens), first);
}

TEST(StreamingLlm, NegativeBudgetsAreRefused) {
  const NaiveLlama naive = random_llama();
  for (const auto& [sinks, window] : {std::pair(-1, 8), std::pair(4, -1)}) {
    HandBound<Fixture<NaiveLoader, StreamingLlm>> service;
    service.loader.source = &naive;
    set_budget(service, sinks, window);
    service.model.load("");
    EXPECT_THROW(service.model.prefill(random_tokens(20, 50)), std::out_of_range);
  }
}

TEST(StreamingLlm, Stories260KStaysFluentFarBeyondItsTraining) {
  const std::string path = shared_data("stories260K.bin");
  if (path.empty()) GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
  constexpr int kTexts = 8;  // one text has eighths that are hard to predict whatever is kept
  std::vector<double> means(8, 0.0);
  for (int text = 1; text <= kTexts; ++text) {
    const std::vector<int> tokens = own_stories(path, 2048, text);
    HandBound<Fixture<Llama2cCheckpoint, StreamingLlm>> service;
    set_budget(service, 4, 252);
    service.model.load(path);
    for (int i = 0; i < 256 + 64; ++i) service.model.forward(&tokens[i], 1);
    service.model.logits();
    const size_t live_bytes_when_full = service.device.live_bytes;
    EXPECT_EQ(service.kv_cache.length(0), 256);

    service.model.load(path);
    const std::vector<double> eighths = by_eighth(service, tokens);
    for (int i = 0; i < 8; ++i) means[i] += eighths[i] / kTexts;
    for (int layer = 0; layer < 5; ++layer) EXPECT_EQ(service.kv_cache.length(layer), 256);
    EXPECT_EQ(service.device.live_bytes, live_bytes_when_full);
  }
  for (int i = 0; i < 8; ++i) {
    EXPECT_LT(means[i], 1.10) << "eighth " << i + 1;
    std::printf("eighth %d: %.3f\n", i + 1, means[i]);
  }
}

TEST(StreamingLlm, WrongPositionsWouldNotPass) {
  const std::string path = shared_data("stories260K.bin");
  if (path.empty()) GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
  HandBound<Fixture<Llama2cCheckpoint, EraseOnly, PositionsFromLength>> service;
  service.model.load(path);
  const std::vector<double> eighths = by_eighth(service, own_stories(path, 2048, 1));
  EXPECT_LT(eighths[0], 1.10);
  for (int i = 2; i < 8; ++i) EXPECT_GT(eighths[i], 2.0) << "eighth " << i + 1;
}

/// Turned keys that are kept and turned again are the kept keys, turned to where they stand then.
template <class KvCache, class Attention>
void turns_what_was_turned() {
  for (const int way : {0, 1, 2, 3}) {
    NaiveLlama naive = random_llama(4, 2, 8, way % 2 == 0);
    if (way > 1) stretch_waves(naive);
    HandBound<Fixture<NaiveLoader, Rerotated<Knorm>, KvCache, Attention>> service;
    service.loader.source = &naive;
    service.compressor.budget = 21;
    service.model.load("");
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    std::vector<NaiveLlama::Vector> raw;
    std::vector<float> turned, numbers;
    for (int token = 0; token < 61; ++token) {
      raw.emplace_back(2 * 8);
      for (double& x : raw.back()) x = normal(random);
      for (const int head : {0, 1}) {
        for (const double x : naive.turn(raw.back(), head, token)) {
          turned.push_back(static_cast<float>(x));
          numbers.push_back(static_cast<float>(token));
        }
      }
    }
    service.kv_cache.append(0, turned.data(), numbers.data(), 61);
    service.compressor.compress(0);
    for (const int head : {0, 1}) {
      for (int slot = 0; slot < 21; ++slot) {
        const size_t row = static_cast<size_t>(head) * service.kv_cache.capacity(0) + slot;
        const int token = static_cast<int>(service.kv_cache.values(0)[row * 8]);
        const NaiveLlama::Vector expected = naive.turn(raw[token], head, 61 - 21 + slot);
        for (int i = 0; i < 8; ++i) {
          EXPECT_NEAR(service.kv_cache.keys(0)[row * 8 + i], expected[i], 1e-6)
              << "token " << token << " in slot " << slot;
        }
      }
    }
  }
}

TEST(Rerotated, TurningWhatWasTurnedIsTurningOnce) {
  turns_what_was_turned<ContiguousKv, FullAttention>();
  turns_what_was_turned<PagedKv, PagedAttention>();
  turns_what_was_turned<RaggedKv, RaggedAttention>();
}

TEST(Rerotated, EqualsAReferenceThatRotatesWithinTheCache) {
  for (const int way : {0, 1, 2, 3}) {
    NaiveLlama naive = random_llama(4, 2, 8, way % 2 == 0);
    if (way > 1) stretch_waves(naive);
    const std::vector<int> tokens = random_tokens(700, naive.vocab_size);
    HandBound<Fixture<NaiveLoader, Rerotated<Decoding<FirstAndNewest>>>> service;
    service.loader.source = &naive;
    service.compressor.budget = 64;
    service.compressor.interval = 1;
    service.model.load("");
    const auto expected = naive.forward(tokens, 4, 60, NaiveLlama::Positions::kWithinCache);
    // Sinks are turned 636 times, each time from what was turned: their errors add up.
    EXPECT_LT(largest_difference(expected, all_logits(service, tokens)), 5e-4);
  }
}

/// As StreamingLlm, and within its bound; with positions that stay, the last eighth is 1.26.
TEST(Rerotated, Stories260KStaysFluentFarBeyondItsTraining) {
  const std::string path = shared_data("stories260K.bin");
  if (path.empty()) GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
  constexpr int kTexts = 8;
  std::vector<double> means(8, 0.0);
  for (int text = 1; text <= kTexts; ++text) {
    HandBound<Fixture<Llama2cCheckpoint, Rerotated<Decoding<FirstAndNewest>>>> service;
    service.compressor.budget = 256 - 16;
    service.compressor.interval = 16;
    service.model.load(path);
    const std::vector<double> eighths = by_eighth(service, own_stories(path, 2048, text));
    for (int i = 0; i < 8; ++i) means[i] += eighths[i] / kTexts;
  }
  for (int i = 0; i < 8; ++i) {
    EXPECT_LT(means[i], 1.10) << "eighth " << i + 1;
    std::printf("eighth %d: %.3f\n", i + 1, means[i]);
  }
}

}  // namespace
