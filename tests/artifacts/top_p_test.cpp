// Drawing tokens: greedily, from the nucleus, and the same again with the same seed.
#include "artifacts/sample/top_p.h"

#include <cmath>

#include "tests/artifacts/fixture.h"

namespace {

struct Sampler : TopP {};

std::vector<int> draw(Sampler& sampler, const std::vector<float>& logits, int count) {
  std::vector<int> tokens;
  for (int i = 0; i < count; ++i) {
    tokens.push_back(sampler.sample(logits.data(), static_cast<int>(logits.size())));
  }
  return tokens;
}

std::vector<double> frequencies(const std::vector<int>& tokens, size_t vocab_size) {
  std::vector<double> shares(vocab_size, 0.0);
  for (const int token : tokens) shares.at(token) += 1.0 / tokens.size();
  return shares;
}

TEST(TopP, TakesTheLikeliestAtTemperatureZeroAndTheFirstOfEquals) {
  Sampler sampler;
  EXPECT_EQ(draw(sampler, {0.0f, 3.0f, 1.0f, 3.0f}, 3), (std::vector<int>{1, 1, 1}));
}

TEST(TopP, DrawsByProbability) {
  Sampler sampler;
  sampler.temperature = 1.0f;
  sampler.top_p = 1.0f;
  const std::vector<double> expected = {0.5, 0.3, 0.15, 0.05};
  std::vector<float> logits;
  for (const double share : expected) logits.push_back(std::log(share) + 2.0);
  const int count = 100000;
  const auto shares = frequencies(draw(sampler, logits, count), 4);
  double chi_squared = 0.0;
  for (int i = 0; i < 4; ++i) {
    chi_squared += count * std::pow(shares[i] - expected[i], 2) / expected[i];
  }
  EXPECT_LT(chi_squared, 16.3);  // 3 degrees of freedom, p = 0.001
}

TEST(TopP, TemperatureSharpens) {
  Sampler sampler;
  sampler.temperature = 0.5f;
  sampler.top_p = 1.0f;
  const auto shares = frequencies(draw(sampler, {std::log(3.0f), 0.0f}, 100000), 2);
  EXPECT_NEAR(shares[0], 0.9, 0.005);  // 3^2 : 1
}

TEST(TopP, DrawsOnlyFromTheNucleusAndKeepsItsProportions) {
  Sampler sampler;
  sampler.temperature = 1.0f;
  sampler.top_p = 0.75f;
  std::vector<float> logits;
  for (const double share : {0.05, 0.3, 0.15, 0.5}) logits.push_back(std::log(share));
  const auto shares = frequencies(draw(sampler, logits, 100000), 4);
  EXPECT_EQ(shares[0] + shares[2], 0.0);
  EXPECT_NEAR(shares[3], 0.5 / 0.8, 0.006);
}

TEST(TopP, NucleusHasAtLeastOneToken) {
  Sampler sampler;
  sampler.temperature = 1.0f;
  sampler.top_p = 1e-6f;
  EXPECT_EQ(draw(sampler, {0.0f, 1.0f, 0.5f}, 3), (std::vector<int>{1, 1, 1}));
  EXPECT_EQ(draw(sampler, {0.0f}, 1), (std::vector<int>{0}));
}

TEST(TopP, SameSeedSameDraws) {
  Sampler first, second, other;
  first.temperature = second.temperature = other.temperature = 1.0f;
  other.seed = 2;
  const std::vector<float> logits(50, 0.0f);
  const std::vector<int> tokens = draw(first, logits, 20);
  EXPECT_EQ(draw(second, logits, 20), tokens);
  EXPECT_NE(draw(other, logits, 20), tokens);
  // Equal on every machine, so they can be written down.
  EXPECT_EQ(std::vector<int>(tokens.begin(), tokens.begin() + 5),
            (std::vector<int>{43, 33, 37, 36, 12}));
}

TEST(TopP, SurvivesExtremeLogits) {
  Sampler sampler;
  sampler.temperature = 1.0f;
  EXPECT_EQ(draw(sampler, {-INFINITY, 1e30f, -1e30f}, 1), (std::vector<int>{1}));
  sampler.temperature = 1e-30f;
  EXPECT_EQ(draw(sampler, {0.0f, 1.0f, 0.5f}, 1), (std::vector<int>{1}));
}

TEST(TopP, RefusesImpossibleSettings) {
  Sampler sampler;
  sampler.temperature = -1.0f;
  EXPECT_THROW(draw(sampler, {0.0f, 1.0f}, 1), std::runtime_error);
  sampler.temperature = 1.0f;
  sampler.top_p = 0.0f;
  EXPECT_THROW(draw(sampler, {0.0f, 1.0f}, 1), std::runtime_error);
}

}  // namespace
