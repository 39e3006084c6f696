// How much attention the tokens of a cache are given.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"

/// received[kv_head][slot] += the weights that the head's queries give the slot, added up over its
/// heads / kv_heads query heads and all rows; received (kv_heads, length). The weights are those of
/// attend(), with the same q, keys and shapes.
inline void sum_attention(Device&, float* received, const float* q, const float* keys, int rows,
                          int heads, int kv_heads, int head_dim, int length, int capacity) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const int group = heads / kv_heads;
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int kv_head = 0; kv_head < kv_heads; ++kv_head) {
    const float* of_head = keys + static_cast<size_t>(kv_head) * capacity * head_dim;
    float* sums = received + static_cast<size_t>(kv_head) * length;
    std::vector<float> weights(length);
    for (int query = 0; query < rows * group; ++query) {
      const int row = query / group, head = kv_head * group + query % group;
      const int seen = length - rows + row + 1;
      const float* x = q + (static_cast<size_t>(row) * heads + head) * head_dim;
      for (int slot = 0; slot < seen; ++slot) {
        const float* key = of_head + static_cast<size_t>(slot) * head_dim;
        float score = 0.0f;
#pragma omp simd reduction(+ : score) simdlen(8)
        for (int i = 0; i < head_dim; ++i) score += x[i] * key[i];
        weights[slot] = score * scale;
      }
      softmax(weights.data(), seen, seen);
#pragma omp simd
      for (int slot = 0; slot < seen; ++slot) sums[slot] += weights[slot];
    }
  }
}
