// How far compressors lead a trained model astray: KL(full | compressed) of the next token, with
// half of the prompt kept. Skipped where stories260K is absent.
#include <cmath>
#include <cstdio>

#include "artifacts/attention/kivi.h"
#include "artifacts/attention/narrow.h"
#include "artifacts/attention/paired.h"
#include "artifacts/attention/ragged.h"
#include "artifacts/cache/kivi.h"
#include "artifacts/cache/narrow.h"
#include "artifacts/cache/paired.h"
#include "artifacts/cache/ragged.h"
#include "artifacts/compress/ada_kv.h"
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

constexpr int kTexts = 32, kPrompt = 256, kScored = 128;
using Rows = std::vector<std::vector<float>>;

std::vector<double> log_softmax(const std::vector<float>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  std::vector<double> out;
  for (const float logit : logits) out.push_back(logit - largest - std::log(sum));
  return out;
}

double divergence(const Rows& full, const Rows& compressed) {
  double sum = 0.0;
  for (size_t row = 0; row < full.size(); ++row) {
    const std::vector<double> p = log_softmax(full[row]), q = log_softmax(compressed[row]);
    for (size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
  }
  return sum / full.size();
}

/// What works at every step, once at the end of the prompt, as the others do.
template <class Compressor>
struct Once : Compressor {
  void after_append(this auto&, int) {}
  void after_prefill(this auto& self) {
    for (int layer = 0; layer < self.model.config.layers; ++layer) {
      self.Compressor::after_append(layer);
    }
  }
};

template <class Compressor>
struct EveryStep : Decoding<Compressor> {
  EveryStep() { this->interval = 1; }
};

/// Texts that the model tells itself, at temperature 1 and top-p 0.9, and its logits behind the
/// prompt, given the rest token by token.
class Accuracy : public testing::Test {
 protected:
  void SetUp() override {
    path = shared_data("stories260K.bin");
    if (path.empty())
      GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
    for (int text = 0; text < kTexts; ++text) {
      HandBound<Fixture<Llama2cCheckpoint>> service;
      service.sampler.temperature = 1.0f;
      service.sampler.seed = text + 1;
      service.model.load(path);
      std::vector<int> tokens = {1};
      while (static_cast<int>(tokens.size()) < kPrompt + kScored) {
        service.model.forward(&tokens.back(), 1);
        const std::vector<float> logits = service.model.logits();
        tokens.push_back(service.sampler.sample(logits.data(), service.model.config.vocab_size));
      }
      texts.push_back(tokens);
      full.push_back(logits_behind_prompt(service, tokens));
    }
    random = of<RandomTokens>();
  }

  template <class Bound>
  Rows logits_behind_prompt(Bound& service, const std::vector<int>& tokens) {
    service.model.prefill_chunk = kPrompt;
    service.model.load(path);
    service.model.prefill({tokens.begin(), tokens.begin() + kPrompt});
    return all_logits(service, {tokens.begin() + kPrompt, tokens.end()});
  }

  /// The mean divergence of all texts; `keep` tokens of the prompt stay.
  template <class Compressor, class KvCache = ContiguousKv, class Attention = FullAttention>
  double of(int keep = kPrompt / 2) {
    double sum = 0.0;
    for (int text = 0; text < kTexts; ++text) {
      HandBound<Fixture<Llama2cCheckpoint, Compressor, KvCache, Attention>> service;
      if constexpr (requires { service.compressor.budget; }) service.compressor.budget = keep;
      if constexpr (requires { service.compressor.recent; }) service.compressor.recent = keep / 2;
      if constexpr (std::is_base_of_v<StreamingLlm, Compressor>)
        service.compressor.window = keep - 4;
      sum += divergence(full[text], logits_behind_prompt(service, texts[text]));
    }
    return sum / kTexts;
  }

  /// The same of a cache that keeps all tokens, all but the 64 newest in `bits` bits.
  double of_kivi(int bits) {
    double sum = 0.0;
    for (int text = 0; text < kTexts; ++text) {
      HandBound<Fixture<Llama2cCheckpoint, NoCompression, KiviKv, KiviAttention>> service;
      service.kv_cache.bits = bits;
      service.kv_cache.residual = 64;
      sum += divergence(full[text], logits_behind_prompt(service, texts[text]));
    }
    return sum / kTexts;
  }

  /// The same of keys that lost this share of their channels.
  double of_think(float ratio) {
    double sum = 0.0;
    for (int text = 0; text < kTexts; ++text) {
      HandBound<Fixture<Llama2cCheckpoint, ThinK, NarrowKv, NarrowAttention>> service;
      service.compressor.ratio = ratio;
      sum += divergence(full[text], logits_behind_prompt(service, texts[text]));
    }
    return sum / kTexts;
  }

  /// The same of two of five layers that are merged, but for this share of their rows.
  double of_mini_cache(float retention) {
    double sum = 0.0;
    for (int text = 0; text < kTexts; ++text) {
      HandBound<Fixture<Llama2cCheckpoint, MiniCache, PairedKv, PairedAttention>> service;
      service.compressor.retention = retention;
      sum += divergence(full[text], logits_behind_prompt(service, texts[text]));
    }
    return sum / kTexts;
  }

  std::string path;
  std::vector<std::vector<int>> texts;
  std::vector<Rows> full;
  double random = 0.0;
};

TEST_F(Accuracy, OfHalfThePromptIsWithinTheGate) {
  const double snap = of<SnapKv>(), stream = of<Once<StreamingLlm>>();
  const double h2o = of<Once<H2o>>(), tova = of<Once<Tova>>();
  const double ada = of<AdaKv, RaggedKv, RaggedAttention>();
  const double merging = of<Merging<SnapKv>>(), cam = of<Once<Cam>>();
  for (const double each : {snap, ada, merging}) EXPECT_LE(each, 0.002);
  for (const double each : {stream, h2o, tova, cam}) EXPECT_LE(each, 0.006);
  for (const double each : {snap, ada, stream, h2o, tova}) EXPECT_LE(4 * each, random);
  std::printf(
      "KL, half of the prompt: random %.4f, stream %.4f, knorm %.4f, key diff %.4f, "
      "tova %.4f, h2o %.4f, snap %.4f, pyramid %.4f, ada %.4f, expected %.4f, merging %.4f, "
      "cam %.4f\n",
      random, stream, of<Knorm>(), of<KeyDiff>(), tova, h2o, snap, of<PyramidKv>(), ada,
      of<ExpectedAttention>(), merging, cam);
}

/// Where the layers never hold more than half of the prompt, not even while text is decoded.
TEST_F(Accuracy, AtEveryStepIsBetterThanRandom) {
  const double at_random = of<EveryStep<RandomTokens>>();
  const double stream = of<StreamingLlm>(), h2o = of<H2o>(), tova = of<Tova>();
  for (const double each : {stream, h2o, tova}) EXPECT_LE(2 * each, at_random);
  std::printf("KL, at every step: random %.4f, stream %.4f, tova %.4f, h2o %.4f, snap %.4f\n",
              at_random, stream, tova, h2o, of<EveryStep<SnapKv>>());
}

TEST_F(Accuracy, OfSmallerRowsFollowsTheirSize) {
  const double eight = of_kivi(8), four = of_kivi(4), two = of_kivi(2);
  EXPECT_LE(eight, 1e-5);
  EXPECT_LE(four, 3e-4);
  EXPECT_LE(two, 0.02);
  EXPECT_LE(10 * four, two);
  std::printf("KL, quantized: 8 bits %.6f, 4 bits %.6f, 2 bits %.6f\n", eight, four, two);
  const double quarter = of_think(0.25f), half = of_think(0.5f), most = of_think(0.75f);
  EXPECT_LE(quarter, 0.01);
  EXPECT_LE(quarter, half);
  EXPECT_LE(half, most);
  const double few = of_mini_cache(0.05f), some = of_mini_cache(0.5f);
  EXPECT_LE(some, few);
  std::printf("KL, two layers merged: 5 %% retained %.4f, 50 %% %.4f\n", few, some);
  std::printf("KL, channels dropped: 25 %% %.4f, 50 %% %.4f, 75 %% %.4f\n", quarter, half, most);
}

}  // namespace
