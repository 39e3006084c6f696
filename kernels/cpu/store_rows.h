// Stores new keys or values in the cache.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// Transposes x (rows, heads, head_dim), as the projection leaves it, into the first `rows` rows of
/// each head of cache (heads, capacity, head_dim).
inline void store_rows(Device&, float* cache, const float* x, int rows, int heads, int head_dim,
                       int capacity) {
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      std::copy_n(x + (static_cast<size_t>(row) * heads + head) * head_dim, head_dim,
                  cache + (static_cast<size_t>(head) * capacity + row) * head_dim);
    }
  }
}
