// Adds rows of a cache to others.
#pragma once

#include <cstddef>

#include "device.h"

/// rows[head][to[head][i]] += weights[head][i] * rows[head][from[head][i]], one after the other;
/// rows (heads, capacity, head_dim), the rest (heads, count).
inline void add_rows(Device&, float* rows, const int* from, const int* to, const float* weights,
                     int heads, int count, int head_dim, int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * count * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    float* of_head = rows + static_cast<size_t>(head) * capacity * head_dim;
    for (size_t at = static_cast<size_t>(head) * count; at < (head + size_t{1}) * count; ++at) {
      const float* source = of_head + static_cast<size_t>(from[at]) * head_dim;
      float* target = of_head + static_cast<size_t>(to[at]) * head_dim;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) target[i] += weights[at] * source[i];
    }
  }
}
