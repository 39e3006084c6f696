// Tokens at random: what every other compressor has to beat.
#pragma once

#include <coop/artifact.h>

#include <cstdint>
#include <vector>

#include "artifacts/compress/selection.h"

/// A token's score is a hash of where it stands, so that a seed gives the same everywhere. All
/// heads keep the same tokens.
struct RandomTokens : Selection {
  int seed = 1;  ///< Another one chooses other tokens; range 0..1000000.

  std::vector<float> scores(this auto& self, int layer) {
    std::vector<float> scores(self.kv_cache.length(layer));
    const uint64_t sequence = static_cast<uint64_t>(self.seed) << 32 | layer << 24;
    uint64_t state = (sequence + self.kv_cache.next_position(layer)) * 0x9e3779b97f4a7c15u;
    for (float& score : scores) {  // SplitMix64 (Steele et al., 2014)
      uint64_t bits = state += 0x9e3779b97f4a7c15u;
      bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
      bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
      score = static_cast<float>((bits ^ bits >> 31) >> 40);
    }
    return scores;
  }
};
