// Draws the next token.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

/// Nucleus sampling (Holtzman et al., 2020): draws from the likeliest tokens that together have
/// probability `top_p`. The same seed gives the same draws on every machine.
struct TopP : coop::Artifact {
  float temperature = 0.0f;  ///< 0 takes the likeliest token; range 0.0..2.0.
  float top_p = 0.9f;        ///< Share of the probability drawn from; range 0.01..1.0.
  int seed = 1;              ///< Another seed, another text.

  /// The next token, from logits (vocab_size) on the host. Of equals, the lowest comes first.
  /// ties: lower
  /// example: sample(1 9 3 9) -> 1
  /// example: {temperature 1, top_p 1} sample(0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0) -> 15
  /// example: {temperature 1, top_p 0.5} sample(0 0) -> 0
  /// example: {temperature -1} sample(1 9) -> refuses
  /// example: {temperature 1, top_p 0} sample(1 9) -> refuses
  /// example: {temperature 1} sample(1e99 0) -> refuses
  int sample(this auto& self, const float* logits, int vocab_size) {
    COOP_EXPECTS(vocab_size > 0);
    if (!(self.temperature >= 0.0f)) throw std::runtime_error("sampler.temperature is negative");
    if (!(self.top_p > 0.0f)) throw std::runtime_error("sampler.top_p must be above 0");
    const float* largest = std::max_element(logits, logits + vocab_size);
    if (self.temperature == 0.0f) return static_cast<int>(largest - logits);
    std::vector<std::pair<double, int>> heap;  // weight, a multiple of probability, and -token
    double total = 0.0;
    for (int i = 0; i < vocab_size; ++i) {
      heap.emplace_back(std::exp((static_cast<double>(logits[i]) - *largest) / self.temperature),
                        -i);
      total += heap.back().first;
    }
    if (!std::isfinite(total)) throw std::runtime_error("logits hold what is not a number");
    std::make_heap(heap.begin(), heap.end());
    double kept = 0.0;
    auto nucleus = heap.end();  // what was popped stands from here on, the likeliest last
    while (nucleus != heap.begin() && kept < self.top_p * total) {
      std::pop_heap(heap.begin(), nucleus--);
      kept += nucleus->first;
    }
    // A number in [0, 1) from seed and draw: SplitMix64 (Steele et al., 2014).
    uint64_t bits = static_cast<uint64_t>(self.seed) * 0xD1342543DE82EF95u;
    bits += ++self.draws * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    double left = static_cast<double>((bits ^ (bits >> 31)) >> 11) / 0x1p53 * kept;
    auto drawn = heap.end() - 1;
    while (drawn != nucleus && (left -= drawn->first) >= 0.0) --drawn;
    COOP_ENSURES(nucleus <= drawn && drawn < heap.end());
    return -drawn->second;
  }

 private:
  uint64_t draws = 0;
};
