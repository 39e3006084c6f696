// Draws the next token: locally typical sampling.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

/// Locally typical sampling (Meister et al., 2023): draws from the tokens that say about as much as
/// is expected here, i.e. whose surprise is nearest to the entropy, until they have probability
/// `typical` together. The same seed gives the same draws on every machine.
struct Typical : coop::Artifact {
  float temperature = 1.0f;  ///< 0 takes the likeliest token; range 0.0..2.0.
  float typical = 0.9f;      ///< Share of the probability drawn from; range 0.01..1.0.
  int seed = 1;              ///< Another seed, another text; range 0..

  /// The next token, from logits (vocab_size). Of equally typical ones, the lowest comes first.
  /// vocab_size  how many logits; range 1..
  /// ties: lower
  /// example: {temperature 0} sample(1 9 3 9) -> 1
  /// example: sample(0 0 0 0 0 0 0 0 0 0) -> 1
  /// example: {seed 27} sample(0 0 0 0 0 0 0 0 0 0) -> 8
  /// example: {seed 27, typical 1} sample(0 0 0 0 0 0 0 0 0 0) -> 9
  /// example: {typical 0.1} sample(2 1.5 1.5 1.5) -> 1
  /// example: {typical 0.1} sample(1.5 1.5 2 1.5) -> 0
  /// example: {typical 0.1} sample(9 0 0 0) -> 0
  /// example: {temperature 0.1, typical 0.1} sample(2 1.5 1.5 1.5) -> 0
  /// example: {temperature -1} sample(1 9) -> refuses
  /// example: {typical 0} sample(1 9) -> refuses
  /// example: sample(1e99 0) -> refuses
  int sample(this auto& self, const float* logits, int vocab_size) {
    COOP_EXPECTS(vocab_size > 0);
    if (!(self.temperature >= 0.0f)) throw std::runtime_error("sampler.temperature is negative");
    if (!(self.typical > 0.0f)) throw std::runtime_error("sampler.typical must be above 0");
    const float* largest = std::max_element(logits, logits + vocab_size);
    if (self.temperature == 0.0f) return static_cast<int>(largest - logits);

    std::vector<double> scaled(vocab_size);
    double total = 0.0;
    for (int i = 0; i < vocab_size; ++i) {
      scaled[i] = (static_cast<double>(logits[i]) - *largest) / self.temperature;
      total += std::exp(scaled[i]);
    }
    if (!std::isfinite(total)) throw std::runtime_error("logits hold what is not a number");
    const double log_total = std::log(total);
    double entropy = 0.0;
    for (double& value : scaled) {
      value -= log_total;  // a log-probability from here on
      if (const double p = std::exp(value); p > 0.0) entropy -= p * value;
    }

    std::vector<std::pair<double, int>> order(vocab_size);  // how far from typical, and who
    for (int i = 0; i < vocab_size; ++i) order[i] = {std::abs(scaled[i] + entropy), i};
    std::sort(order.begin(), order.end());
    double kept = 0.0;
    size_t count = 0;
    while (count < order.size() && kept < self.typical) {
      kept += std::exp(scaled[order[count++].second]);
    }

    if (!self.seeded) self.random.seed(static_cast<unsigned>(self.seed));
    self.seeded = true;
    double left = static_cast<double>(self.random() >> 11) / 0x1p53 * kept;
    size_t drawn = 0;
    while (drawn + 1 < count && (left -= std::exp(scaled[order[drawn].second])) >= 0.0) ++drawn;
    return order[drawn].second;
  }

 private:
  std::mt19937_64 random;
  bool seeded = false;
};
