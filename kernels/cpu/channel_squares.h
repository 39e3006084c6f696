// How large the channels of a cache are.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// sums[head][i] = the sum of x[head][row][i] squared over the first `rows` rows; sums (heads,
/// head_dim), x (heads, capacity, head_dim).
inline void channel_squares(Device&, float* sums, const float* x, int heads, int rows, int head_dim,
                            int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * rows * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    float* of_head = sums + static_cast<size_t>(head) * head_dim;
    std::fill_n(of_head, head_dim, 0.0f);
    for (int row = 0; row < rows; ++row) {
      const float* numbers = x + (static_cast<size_t>(head) * capacity + row) * head_dim;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) of_head[i] += numbers[i] * numbers[i];
    }
  }
}
