// How fast rotary position embedding turns, also of models whose context was extended.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

/// Pairs that turn less often than `low` times within `context` tokens turn `factor` times slower,
/// those that turn more often than `high` times as fast as ever, and between there is a slope, as
/// in Llama 3.1 (Grattafiori et al., 2024). With a context of 0 all are slower: linear scaling
/// (Chen et al., 2023). With a factor of 1 nothing is scaled.
struct RopeScaling {
  float factor = 1.0f;
  float low = 1.0f;
  float high = 4.0f;
  int context = 0;
};

/// The angle by which pair `pair` of a head's channels turns from one position to the next.
inline double rope_frequency(int pair, int head_dim, float theta, const RopeScaling& scaling) {
  const double frequency = std::pow(static_cast<double>(theta), -2.0 * pair / head_dim);
  if (scaling.factor == 1.0f) return frequency;
  const double turns = frequency * scaling.context / (2.0 * std::numbers::pi);
  const double fast = std::clamp((turns - scaling.low) / (scaling.high - scaling.low), 0.0, 1.0);
  return frequency * (fast + (1.0 - fast) / scaling.factor);
}
