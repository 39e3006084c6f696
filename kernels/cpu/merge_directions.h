// Makes one direction of the rows of two layers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "device.h"

/// Of the rows that `slots` (heads, count) name of a and b (heads, capacity, head_dim): their
/// norms, a_norms and b_norms (heads, count); and in `directions` (heads, count, head_dim) the unit
/// vector that is `share` of the way from a's to b's, along the great circle (SLERP: Shoemake,
/// 1985).
inline void merge_directions(Device&, float* directions, float* a_norms, float* b_norms,
                             const float* a, const float* b, const int* slots, int heads, int count,
                             int head_dim, int capacity, float share) {
#pragma omp parallel for if (static_cast<size_t>(heads) * count * head_dim > 131072)
  for (int at = 0; at < heads * count; ++at) {
    const size_t first = (static_cast<size_t>(at / count) * capacity + slots[at]) * head_dim;
    float* direction = directions + static_cast<size_t>(at) * head_dim;
    float product = 0.0f, a_squares = 0.0f, b_squares = 0.0f;
#pragma omp simd reduction(+ : product, a_squares, b_squares)
    for (int i = 0; i < head_dim; ++i) {
      product += a[first + i] * b[first + i];
      a_squares += a[first + i] * a[first + i];
      b_squares += b[first + i] * b[first + i];
    }
    const float a_norm = std::sqrt(a_squares), b_norm = std::sqrt(b_squares), least = 1e-6f;
    const float size = std::max(a_norm, least) * std::max(b_norm, least);
    const float angle = std::acos(std::clamp(product / size, least - 1.0f, 1.0f - least));
    const float of_a = std::sin((1.0f - share) * angle) / std::max(a_norm, least);
    const float of_b = std::sin(share * angle) / std::max(b_norm, least);
    float squares = 0.0f;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < head_dim; ++i) {
      direction[i] = of_a * a[first + i] + of_b * b[first + i];
      squares += direction[i] * direction[i];
    }
    const float norm = std::max(std::sqrt(squares), 1e-20f);
    for (int i = 0; i < head_dim; ++i) direction[i] /= norm;
    a_norms[at] = a_norm;
    b_norms[at] = b_norm;
  }
}
