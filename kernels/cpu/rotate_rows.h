// Turns keys that are in the cache to other positions.
#pragma once

#include <cstddef>

#include "device.h"
#include "rope.h"

/// to[head][row] = from[head][row] turned by angles[row], for the first `rows` rows of each head.
/// to (heads, to_capacity, head_dim) and from (heads, from_capacity, head_dim) are the same memory
/// or do not overlap; angles (rows, head_dim / 2, 2) of rope_angles, computed from how far each row
/// moves. Pairs of channels as in rope.
inline void rotate_rows(Device&, float* to, const float* from, const float* angles, int heads,
                        int rows, int head_dim, int to_capacity, int from_capacity,
                        bool interleaved) {
  for (int head = 0; head < heads; ++head) {
    for (int row = 0; row < rows; ++row) {
      turn_head(to + (static_cast<size_t>(head) * to_capacity + row) * head_dim,
                from + (static_cast<size_t>(head) * from_capacity + row) * head_dim,
                angles + static_cast<size_t>(row) * head_dim, head_dim, interleaved);
    }
  }
}
