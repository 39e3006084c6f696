// Draws the next token, and rather not one of the last again.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

/// Top-k sampling (Fan et al., 2018) with the repetition penalty of CTRL (Keskar et al., 2019):
/// the logits of tokens that were drawn of late are divided by `penalty`, or times it where they
/// are negative, and the next is one of the `top_k` likeliest.
struct PenalizedTopK : coop::Artifact {
  float temperature = 0.8f;  ///< 0 takes the likeliest token; range 0.0..2.0.
  int top_k = 40;            ///< Tokens to draw from; range 1..1000.
  float penalty = 1.2f;      ///< Against repetition; 1 is none; range 1.0..10.0.
  int memory = 64;           ///< Newest tokens that the penalty is for; range 0..4096.
  int seed = 1;              ///< Another seed, another text; range 0..1000000.

  /// A text begins.
  void after_reset(this auto& self) { self.drawn.clear(); }

  /// The next token, from logits (vocab_size) on the host. Of equals, the lowest comes first.
  /// ties: lower
  /// example: {temperature 0} sample(1 9 3 9) -> 1
  /// example: {temperature 0, penalty 2} sample(1 9 5); sample(1 9 5) -> 2
  /// example: {temperature 0, penalty 2} sample(-9 -3 -5); sample(-9 -3 -5) -> 2
  /// example: {temperature 0, penalty 2} sample(1 9 4); sample(1 9 4); sample(1 9 4) -> 1
  /// example: {temperature 0, memory 1} sample(2 9 8); sample(2 9 8); sample(2 9 8) -> 1
  /// example: {temperature 0} sample(1 6 5.1); sample(1 6 5.1) -> 2
  /// example: {temperature 0} sample(1 6 4.9); sample(1 6 4.9) -> 1
  /// example: sample(9 8 7 6 5); sample(9 8 7 6 5); sample(9 8 7 6 5); sample(9 8 7 6 5) -> 4
  /// example: sample(0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
  ///   0 0 0 0 0 0 0 0 0 0 0 0) -> 39
  /// example: {temperature 1, top_k 1} sample(3 4 3) -> 1
  /// example: {temperature -1} sample(1 9) -> refuses
  /// example: {top_k 0} sample(1 9) -> refuses
  int sample(this auto& self, const float* logits, int vocab_size) {
    COOP_EXPECTS(vocab_size > 0);
    if (!(self.temperature >= 0.0f)) throw std::runtime_error("sampler.temperature is negative");
    if (self.top_k < 1) throw std::runtime_error("sampler.top_k is below 1");
    if (!(self.penalty > 0.0f)) throw std::runtime_error("sampler.penalty must be above 0");
    std::vector<std::pair<double, int>> likeliest;  // logit and -token
    for (int token = 0; token < vocab_size; ++token) {
      if (!std::isfinite(logits[token])) throw std::runtime_error("a logit is not a number");
      likeliest.emplace_back(logits[token], -token);
    }
    for (const int token : std::set<int>(self.drawn.begin(), self.drawn.end())) {
      double& logit = likeliest.at(token).first;
      logit = logit > 0.0 ? logit / self.penalty : logit * self.penalty;
    }
    const int count = std::min(self.top_k, vocab_size);
    std::partial_sort(likeliest.begin(), likeliest.begin() + count, likeliest.end(),
                      std::greater<>());
    int chosen = 0;
    if (self.temperature > 0.0f) {
      std::vector<double> weights;
      for (int i = 0; i < count; ++i) {
        const double below = likeliest[i].first - likeliest.front().first;
        weights.push_back(std::exp(below / self.temperature));
      }
      if (!self.generator) self.generator.emplace(self.seed);
      std::discrete_distribution<int> distribution(weights.begin(), weights.end());
      chosen = distribution(*self.generator);
    }
    const int token = -likeliest[chosen].second;
    self.drawn.push_back(token);
    if (static_cast<int>(self.drawn.size()) > self.memory) self.drawn.pop_front();
    COOP_ENSURES(token >= 0 && token < vocab_size);
    return token;
  }

 private:
  std::deque<int> drawn;                  // the newest tokens, the oldest first
  std::optional<std::mt19937> generator;  // from the first draw on
};
