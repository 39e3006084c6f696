// Draws from the tokens whose logits stand out from the noise.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

/// Top-n-sigma (Tang et al., 2024): draws from the tokens whose logits are at most `sigmas`
/// standard deviations, of all logits, below the largest. Which these are does not depend on
/// temperature. The same seed gives the same draws on every machine.
struct TopNSigma : coop::Artifact {
  float sigmas = 1.0f;       ///< Deviations below the largest logit; range 0.0..8.0.
  float temperature = 1.0f;  ///< 0 takes the likeliest token; range 0.0..2.0.
  int seed = 1;              ///< Another seed, another text.

  /// The next token, from logits (vocab_size) on the host. Of equals, the lowest comes first.
  /// ties: lower
  /// example: sample(0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0) -> 15
  /// example: sample(1 0.01) -> 0
  /// example: sample(3 2 2 1) -> 0
  /// example: sample(3 2.5 2.5 1) -> 2
  /// example: {temperature 0} sample(1 9 3 9) -> 1
  /// example: {sigmas 0} sample(1 9 3 9) -> 3
  /// example: {sigmas -1} sample(1 9) -> refuses
  /// example: {temperature -1} sample(1 9) -> refuses
  /// example: sample(1e99 0) -> refuses
  int sample(this auto& self, const float* logits, int vocab_size) {
    COOP_EXPECTS(vocab_size > 0);
    if (!(self.sigmas >= 0.0f)) throw std::runtime_error("sampler.sigmas is negative");
    if (!(self.temperature >= 0.0f)) throw std::runtime_error("sampler.temperature is negative");
    const double mean = std::accumulate(logits, logits + vocab_size, 0.0) / vocab_size;
    double variance = 0.0;
    for (int token = 0; token < vocab_size; ++token) {
      variance += (logits[token] - mean) * (logits[token] - mean) / vocab_size;
    }
    if (!std::isfinite(variance)) throw std::runtime_error("logits hold what is not a number");
    const float* largest = std::max_element(logits, logits + vocab_size);
    if (self.temperature == 0.0f) return static_cast<int>(largest - logits);

    const double least = *largest - self.sigmas * std::sqrt(variance);
    std::vector<int> tokens;
    for (int token = 0; token < vocab_size; ++token) {
      if (logits[token] >= least) tokens.push_back(token);
    }
    std::vector<double> weights;
    for (const int token : tokens) {
      weights.push_back(std::exp((logits[token] - *largest) / self.temperature));
    }
    // A number in [0, 1) from seed and draw: SplitMix64 (Steele et al., 2014).
    uint64_t bits = static_cast<uint64_t>(self.seed) * 0xD1342543DE82EF95u;
    bits += ++self.draws * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    double left = static_cast<double>((bits ^ (bits >> 31)) >> 11) / 0x1p53 *
                  std::accumulate(weights.begin(), weights.end(), 0.0);
    size_t drawn = 0;
    while (drawn + 1 < tokens.size() && (left -= weights[drawn]) >= 0.0) ++drawn;
    COOP_ENSURES(logits[tokens[drawn]] >= least);
    return tokens[drawn];
  }

 private:
  uint64_t draws = 0;
};
