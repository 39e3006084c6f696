// What queries of which mean and covariance are known give keys on average.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"

/// scores[head][slot] = mean . k / sqrt(head_dim) + k . covariance k / (2 head_dim), the logarithm
/// of the expected exp(q . k / sqrt(head_dim)) for normal q; scores (heads, length), mean (heads,
/// head_dim), covariance (heads, head_dim, head_dim). Query head h reads key head
/// h / (heads / kv_heads) of keys (kv_heads, capacity, head_dim).
inline void expected_scores(Device&, float* scores, const float* mean, const float* covariance,
                            const float* keys, int heads, int kv_heads, int head_dim, int length,
                            int capacity) {
  const float d = static_cast<float>(head_dim);
  const int block = 256;  // of slots, for each product of matrices
#pragma omp parallel for if (static_cast<size_t>(heads) * length * head_dim * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const float* of_head =
        keys + static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    const float* mu = mean + static_cast<size_t>(head) * head_dim;
    const float* sigma = covariance + static_cast<size_t>(head) * head_dim * head_dim;
    std::vector<float> products(static_cast<size_t>(std::min(block, length)) * head_dim);
    for (int first = 0; first < length; first += block) {
      const float* key = of_head + static_cast<size_t>(first) * head_dim;
      const int count = std::min(block, length - first);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, head_dim, head_dim, 1.0f, key,
                  head_dim, sigma, head_dim, 0.0f, products.data(), head_dim);
      for (int i = 0; i < count; ++i, key += head_dim) {
        const float* product = &products[static_cast<size_t>(i) * head_dim];
        float linear = 0.0f, quadratic = 0.0f;
#pragma omp simd reduction(+ : linear, quadratic) simdlen(8)
        for (int j = 0; j < head_dim; ++j) {
          linear += mu[j] * key[j];
          quadratic += product[j] * key[j];
        }
        scores[static_cast<size_t>(head) * length + first + i] =
            linear / std::sqrt(d) + quadratic / (2.0f * d);
      }
    }
  }
}
