// The turns of rotary position embedding, computed once for all layers.
#pragma once

#include <cmath>
#include <cstddef>

#include "device.h"
#include "rope_scaling.h"

/// angles (rows, head_dim / 2, 2): cosine and sine of positions[row] * rope_frequency(i), in
/// double, since a float is off by 1 % at a million. positions (rows) is device memory.
inline void rope_angles(Device&, float* angles, const int* positions, int rows, int head_dim,
                        float theta, const RopeScaling& scaling) {
  const int pairs = head_dim / 2;
  for (int i = 0; i < pairs; ++i) {
    const double frequency = rope_frequency(i, head_dim, theta, scaling);
    for (int row = 0; row < rows; ++row) {
      float* turn = angles + (static_cast<size_t>(row) * pairs + i) * 2;
      turn[0] = static_cast<float>(std::cos(positions[row] * frequency));
      turn[1] = static_cast<float>(std::sin(positions[row] * frequency));
    }
  }
}
