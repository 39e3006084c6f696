// Attention of queries over a cache where two layers share the directions of keys and values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"
#include "paired_rows.h"

/// As attend(): out and q (rows, heads, head_dim), the queries the newest of the cache. A row is
/// restored where it is read.
inline void attend_paired(Device& device, float* out, const float* q, int rows, int heads,
                          const PairedRows& cache) {
  const int head_dim = cache.head_dim, length = cache.length, group = heads / cache.kv_heads;
  if (cache.merged == 0) {
    attend(device, out, q, cache.keys, cache.values, rows, heads, cache.kv_heads, head_dim, length,
           cache.capacity);
    return;
  }
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int at = 0; at < rows * heads; ++at) {
    const int kv_head = at % heads / group, seen = length - rows + at / heads + 1;
    const float* query = q + static_cast<size_t>(at) * head_dim;
    float* mixed = out + static_cast<size_t>(at) * head_dim;
    std::vector<float> weights(seen);
    for (int slot = 0; slot < seen; ++slot) {
      const PairedRows::Row key = cache.key(slot, kv_head);
      float score = 0.0f;
#pragma omp simd reduction(+ : score) simdlen(8)
      for (int i = 0; i < head_dim; ++i) score += query[i] * key.numbers[i];
      weights[slot] = score * key.magnitude * scale;
    }
    softmax(weights.data(), seen, seen);
    std::fill_n(mixed, head_dim, 0.0f);
    for (int slot = 0; slot < seen; ++slot) {
      const PairedRows::Row value = cache.value(slot, kv_head);
      const float weight = weights[slot] * value.magnitude;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) mixed[i] += weight * value.numbers[i];
    }
  }
}
