// Moves rows of the cache, for every head alike.
#pragma once

#include <cstddef>
#include <cstring>

#include "device.h"

/// to[head][row] = from[head][row] for the first `rows` rows of each head; to (heads, to_capacity,
/// head_dim), from (heads, from_capacity, head_dim). Within one cache the rows may overlap.
inline void move_rows(Device&, float* to, const float* from, int heads, int rows, int head_dim,
                      int to_capacity, int from_capacity) {
  if (rows == 0) return;
  for (int head = 0; head < heads; ++head) {
    std::memmove(to + static_cast<size_t>(head) * to_capacity * head_dim,
                 from + static_cast<size_t>(head) * from_capacity * head_dim,
                 static_cast<size_t>(rows) * head_dim * sizeof(float));
  }
}
