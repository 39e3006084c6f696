// Turns keys that are in the cache to other positions.
#pragma once

#include <cstddef>

#include "device.h"

/// to[head][row] = from[head][row] turned by angles[row], for the first `rows` rows of each head.
/// to (heads, to_capacity, head_dim) and from (heads, from_capacity, head_dim) are the same memory
/// or do not overlap; angles (rows, head_dim / 2, 2) of rope_angles, computed from how far each row
/// moves. Pairs of channels as in rope.
inline void rotate_rows(Device&, float* to, const float* from, const float* angles, int heads,
                        int rows, int head_dim, int to_capacity, int from_capacity,
                        bool interleaved) {
  const int pairs = head_dim / 2;
  const int step = interleaved ? 2 : 1;         // from one pair to the next
  const int partner = interleaved ? 1 : pairs;  // from a pair's first channel to its second
#pragma omp parallel for if (heads > 1 && heads * rows * head_dim > 16384)
  for (int head = 0; head < heads; ++head) {
    for (int row = 0; row < rows; ++row) {
      const float* in = from + (static_cast<size_t>(head) * from_capacity + row) * head_dim;
      float* out = to + (static_cast<size_t>(head) * to_capacity + row) * head_dim;
      const float* turns = angles + static_cast<size_t>(row) * head_dim;
      for (int i = 0; i < pairs; ++i) {
        const float first = in[i * step], second = in[i * step + partner];
        const float cosine = turns[2 * i], sine = turns[2 * i + 1];
        out[i * step] = first * cosine - second * sine;
        out[i * step + partner] = first * sine + second * cosine;
      }
    }
  }
}
