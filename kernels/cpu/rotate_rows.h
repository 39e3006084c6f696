// Turns keys that are in the cache to other positions.
#pragma once

#include <cstddef>

#include "device.h"
#include "move_rows.h"
#include "rope.h"

/// to[head][row] = from[head][row] turned by angles[row], for the first `rows` rows of each head.
/// to (heads, to_capacity, head_dim) and from (heads, from_capacity, head_dim) are the same memory
/// or do not overlap; angles (rows, head_dim / 2, 2) of rope_angles, computed from how far each row
/// moves. Pairs of channels as in rope.
inline void rotate_rows(Device& device, float* to, const float* from, const float* angles,
                        int heads, int rows, int head_dim, int to_capacity, int from_capacity,
                        bool interleaved) {
  move_rows(device, to, from, heads, rows, head_dim, to_capacity, from_capacity);
  for (int head = 0; head < heads; ++head) {
    float* moved = to + static_cast<size_t>(head) * to_capacity * head_dim;
    rope(device, moved, angles, rows, 1, head_dim, interleaved);
  }
}
