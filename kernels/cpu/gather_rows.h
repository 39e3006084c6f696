// Keeps chosen rows of the cache, of each head its own.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// cache[head][i] = cache[head][rows[head][i]] for i below `count`, in place; cache (heads,
/// capacity, head_dim), rows (heads, count), of each head in ascending order.
inline void gather_rows(Device&, float* cache, const int* rows, int heads, int count, int head_dim,
                        int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * count * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    float* of_head = cache + static_cast<size_t>(head) * capacity * head_dim;
    for (int i = 0; i < count; ++i) {
      const size_t row = rows[static_cast<size_t>(head) * count + i];
      if (row == static_cast<size_t>(i)) continue;
      std::copy_n(of_head + row * head_dim, head_dim, of_head + static_cast<size_t>(i) * head_dim);
    }
  }
}
