// How much keys are like all others.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"

/// similarities[head][row] = the cosine between a key and the mean direction of its head's keys;
/// similarities (heads, length), keys (heads, capacity, head_dim). A key of norm 0 is like none.
inline void key_similarity(Device&, float* similarities, const float* keys, int heads, int length,
                           int head_dim, int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * length * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const float* of_head = keys + static_cast<size_t>(head) * capacity * head_dim;
    const auto dot = [head_dim](const float* x, const float* y) {
      float sum = 0.0f;
#pragma omp simd reduction(+ : sum) simdlen(8)
      for (int i = 0; i < head_dim; ++i) sum += x[i] * y[i];
      return sum;
    };
    std::vector<float> norms(length), mean(head_dim);
    for (int row = 0; row < length; ++row) {
      const float* key = of_head + static_cast<size_t>(row) * head_dim;
      norms[row] = std::max(std::sqrt(dot(key, key)), 1e-12f);
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) mean[i] += key[i] / norms[row];
    }
    const float norm = std::max(std::sqrt(dot(mean.data(), mean.data())), 1e-12f);
    for (int row = 0; row < length; ++row) {
      const float* key = of_head + static_cast<size_t>(row) * head_dim;
      similarities[static_cast<size_t>(head) * length + row] =
          dot(key, mean.data()) / (norms[row] * norm);
    }
  }
}
