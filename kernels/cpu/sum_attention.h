// How much attention the tokens of a cache are given.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"

/// received[kv_head][slot] += the weights that the head's queries give the slot, added up over its
/// heads / kv_heads query heads and all rows; received (kv_heads, length). The weights are those of
/// attend(), with the same q, keys and shapes; without rows nothing is added.
inline void sum_attention(Device&, float* received, const float* q, const float* keys, int rows,
                          int heads, int kv_heads, int head_dim, int length, int capacity) {
  if (rows == 0) return;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const int group = heads / kv_heads;
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int kv_head = 0; kv_head < kv_heads; ++kv_head) {
    const float* of_head = keys + static_cast<size_t>(kv_head) * capacity * head_dim;
    float* sums = received + static_cast<size_t>(kv_head) * length;
    std::vector<float> weights(static_cast<size_t>(rows) * length);
    for (int head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      score_keys(weights.data(), q + head * head_dim, heads * head_dim, of_head, rows, length,
                 head_dim, length, scale);
      for (int row = 0; row < rows; ++row) {
        float* of_row = &weights[static_cast<size_t>(row) * length];
        const int seen = length - rows + row + 1;
        softmax(of_row, seen, seen);
#pragma omp simd
        for (int slot = 0; slot < seen; ++slot) sums[slot] += of_row[slot];
      }
    }
  }
}
