// Rotary position embedding (Su et al., 2021) of queries and keys.
#pragma once

#include <cstddef>

#include "device.h"

/// Turns each head of x in place by angles (rows, head_dim / 2, 2) of rope_angles. Row r of head h
/// begins at x + r * row_stride + h * head_stride. Pair i is the channels 2i and 2i + 1 when
/// `interleaved`, else i and i + head_dim / 2.
inline void rope(Device&, float* x, const float* angles, int rows, int heads, int head_dim,
                 size_t row_stride, size_t head_stride, bool interleaved) {
  const int step = interleaved ? 2 : 1;                // from one pair to the next
  const int partner = interleaved ? 1 : head_dim / 2;  // from a pair's first channel to its second
  for (int row = 0; row < rows; ++row) {
    const float* turns = angles + static_cast<size_t>(row) * head_dim;
    for (int head = 0; head < heads; ++head) {
      float* channels = x + row * row_stride + head * head_stride;
      for (int i = 0; i < head_dim / 2; ++i) {
        const float first = channels[i * step], second = channels[i * step + partner];
        channels[i * step] = first * turns[2 * i] - second * turns[2 * i + 1];
        channels[i * step + partner] = first * turns[2 * i + 1] + second * turns[2 * i];
      }
    }
  }
}
