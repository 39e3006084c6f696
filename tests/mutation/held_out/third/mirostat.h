// Draws the next token so that the text stays about equally surprising.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

/// Mirostat 2 (Basu et al., 2021): tokens of more surprise than a limit, in bits, are left out. The
/// limit rises when what was drawn was less surprising than `target`, and falls when it was more.
/// The same seed gives the same draws on every machine.
/// except: draws_follow_the_softmax (what surprises too much is left out)
/// except: draws_stay_in_the_nucleus (what is left out is decided by surprise, not by a share)
struct Mirostat : coop::Artifact {
  float target = 3.0f;  ///< Surprise aimed at, in bits; range 0.0..16.0.
  float rate = 0.1f;    ///< How fast the limit follows; range 0.0..1.0.
  int seed = 1;         ///< Another seed, another text.

  void after_reset(this auto& self) { self.drift = 0.0; }

  /// The next token, from logits (vocab_size) on the host. The likeliest is never left out; of
  /// equals, the lowest.
  /// ties: lower
  /// example: {target 0, rate 0} sample(1 9 3 9) -> 1
  /// example: sample(0 -4 -4 -4) -> 1
  /// example: sample(0 -4.2 -4.2 -4.2) -> 0
  /// example: {target 1, rate 1} sample(5); sample(0 -1.5 -1.5) -> 1
  /// example: sample(5); sample(0 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99
  ///   -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99 -3.99) -> 2
  /// example: {target -1} sample(1 9) -> refuses
  /// example: {rate -0.5} sample(1 9) -> refuses
  /// example: sample(1e99 0) -> refuses
  int sample(this auto& self, const float* logits, int vocab_size) {
    COOP_EXPECTS(vocab_size > 0);
    if (!(self.target >= 0.0f)) throw std::runtime_error("sampler.target is negative");
    if (!(self.rate >= 0.0f)) throw std::runtime_error("sampler.rate is negative");
    std::vector<int> order(vocab_size);  // the likeliest first
    std::iota(order.begin(), order.end(), 0);
    const double largest = *std::max_element(logits, logits + vocab_size);
    std::vector<double> weights(vocab_size);  // multiples of probability
    double total = 0.0;
    for (int token = 0; token < vocab_size; ++token) {
      weights[token] = std::exp(logits[token] - largest);
      total += weights[token];
    }
    if (!std::isfinite(total)) throw std::runtime_error("logits hold what is not a number");
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return weights[a] > weights[b]; });

    const double limit = 2.0 * self.target + self.drift;
    size_t count = 0;
    double kept = 0.0;
    while (count < order.size() &&
           (count == 0 || -std::log2(weights[order[count]] / total) <= limit)) {
      kept += weights[order[count++]];
    }
    double left = self.uniform() * kept;
    size_t drawn = 0;
    while (drawn + 1 < count && (left -= weights[order[drawn]]) >= 0.0) ++drawn;
    const double surprise = -std::log2(weights[order[drawn]] / kept);
    COOP_ENSURES(surprise >= 0.0);
    self.drift -= self.rate * (surprise - self.target);
    return order[drawn];
  }

 private:
  /// In [0, 1), from seed and draw: SplitMix64 (Steele et al., 2014).
  double uniform(this auto& self) {
    uint64_t bits = static_cast<uint64_t>(self.seed) * 0xD1342543DE82EF95u;
    bits += ++self.draws * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return static_cast<double>((bits ^ (bits >> 31)) >> 11) / 0x1p53;
  }

  double drift = 0.0;  // of the limit, in bits, from twice the target, where it begins
  uint64_t draws = 0;
};
