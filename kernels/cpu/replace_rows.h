// Puts a row of the cache in the place of others, of each head its own.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// cache[side][head][rows[head]] = cache[side][head][from]; cache (2, heads, capacity, head_dim).
inline void replace_rows(Device&, float* cache, const int* rows, int from, int heads, int head_dim,
                         int capacity) {
  for (int i = 0; i < 2 * heads; ++i) {
    float* of_head = cache + static_cast<size_t>(i) * capacity * head_dim;
    if (rows[i % heads] == from) continue;
    std::copy_n(of_head + static_cast<size_t>(from) * head_dim, head_dim,
                of_head + static_cast<size_t>(rows[i % heads]) * head_dim);
  }
}
