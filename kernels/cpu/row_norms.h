// How long the keys or the values of a cache are.
#pragma once

#include <cmath>
#include <cstddef>

#include "device.h"

/// norms[head][row] = the Euclidean norm of rows[head][row]; norms (heads, length), rows (heads,
/// capacity, head_dim).
inline void row_norms(Device&, float* norms, const float* rows, int heads, int length, int head_dim,
                      int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * length * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    for (int row = 0; row < length; ++row) {
      const float* x = rows + (static_cast<size_t>(head) * capacity + row) * head_dim;
      float sum = 0.0f;
#pragma omp simd reduction(+ : sum) simdlen(8)
      for (int i = 0; i < head_dim; ++i) sum += x[i] * x[i];
      norms[static_cast<size_t>(head) * length + row] = std::sqrt(sum);
    }
  }
}
