// How alike the keys or the values of two layers are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "device.h"

/// cosines[head][row] = the cosine of the angle between a[head][row] and b[head][row], 0 where one
/// of them is 0; cosines (heads, length), a and b (heads, capacity, head_dim).
inline void row_cosines(Device&, float* cosines, const float* a, const float* b, int heads,
                        int length, int head_dim, int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * length * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    for (int row = 0; row < length; ++row) {
      const size_t first = (static_cast<size_t>(head) * capacity + row) * head_dim;
      float product = 0.0f, a_squares = 0.0f, b_squares = 0.0f;
#pragma omp simd reduction(+ : product, a_squares, b_squares)
      for (int i = 0; i < head_dim; ++i) {
        product += a[first + i] * b[first + i];
        a_squares += a[first + i] * a[first + i];
        b_squares += b[first + i] * b[first + i];
      }
      const float size = std::sqrt(a_squares) * std::sqrt(b_squares);
      cosines[static_cast<size_t>(head) * length + row] = size > 0.0f ? product / size : 0.0f;
    }
  }
}
