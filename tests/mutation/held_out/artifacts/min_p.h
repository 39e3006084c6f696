// Min-p: what is likely, measured by the likeliest.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// Min-p sampling (Nguyen et al., 2024): of tokens at least `min_p` times as likely as the
/// likeliest, draws one. At temperature 0 the likeliest; of equals, the first.
/// example: {temperature 0} sample(1 3 2) -> 1
struct MinP : coop::Artifact {
  float temperature = 1.0f;  ///< Flattens the distribution; range 0.0..2.0.
  float min_p = 0.1f;        ///< Share of the likeliest's probability; range 0.0..1.0.
  int seed = 1;              ///< Of the random numbers; range 1..1000000.

  int sample(const std::vector<float>& logits) {
    const auto best = std::max_element(logits.begin(), logits.end());
    if (temperature == 0.0f) return static_cast<int>(best - logits.begin());

    std::vector<double> weights;
    double sum = 0;
    for (const float logit : logits) {
      const double weight = std::exp((static_cast<double>(logit) - *best) / temperature);
      weights.push_back(weight >= min_p ? weight : 0.0);
      sum += weights.back();
    }
    double left = next_random() * sum;
    int last = 0;
    for (size_t token = 0; token < weights.size(); ++token) {
      if (weights[token] == 0) continue;
      last = static_cast<int>(token);
      left -= weights[token];
      if (left < 0) break;
    }
    return last;
  }

 private:
  /// Xorshift64*, in [0, 1).
  double next_random() {
    if (state == 0) state = static_cast<uint64_t>(seed);
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return static_cast<double>((state * 0x2545F4914F6CDD1Dull) >> 11) / 9007199254740992.0;
  }

  uint64_t state = 0;
};
