// What queries of which mean and covariance are known give keys on average.
#pragma once

#include <cmath>
#include <cstddef>

#include "device.h"

/// scores[head][slot] = mean . k / sqrt(head_dim) + k . covariance k / (2 head_dim), the logarithm
/// of the expected exp(q . k / sqrt(head_dim)) for normal q; scores (heads, length), mean (heads,
/// head_dim), covariance (heads, head_dim, head_dim). Query head h reads key head
/// h / (heads / kv_heads) of keys (kv_heads, capacity, head_dim).
inline void expected_scores(Device&, float* scores, const float* mean, const float* covariance,
                            const float* keys, int heads, int kv_heads, int head_dim, int length,
                            int capacity) {
  const float d = static_cast<float>(head_dim);
#pragma omp parallel for if (static_cast<size_t>(heads) * length * head_dim * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const float* of_head =
        keys + static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    const float* mu = mean + static_cast<size_t>(head) * head_dim;
    const float* sigma = covariance + static_cast<size_t>(head) * head_dim * head_dim;
    for (int slot = 0; slot < length; ++slot) {
      const float* key = of_head + static_cast<size_t>(slot) * head_dim;
      float linear = 0.0f, quadratic = 0.0f;
      for (int i = 0; i < head_dim; ++i) {
        float row = 0.0f;
#pragma omp simd reduction(+ : row) simdlen(8)
        for (int j = 0; j < head_dim; ++j) row += sigma[i * head_dim + j] * key[j];
        quadratic += row * key[i];
        linear += mu[i] * key[i];
      }
      scores[static_cast<size_t>(head) * length + slot] =
          linear / std::sqrt(d) + quadratic / (2.0f * d);
    }
  }
}
