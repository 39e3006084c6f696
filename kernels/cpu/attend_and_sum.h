// Attention of queries over the cache, and how much of it each token is given.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"

/// attend(), with the same shapes, which also adds up the weights over the query heads that read a
/// key/value head: newest[kv_head][slot] += those of the last row, and others[kv_head][slot] +=
/// those of the rows in front of it; both (kv_heads, length). Of one row there are no others.
inline void attend_and_sum(Device&, float* out, float* newest, float* others, const float* q,
                           const float* keys, const float* values, int rows, int heads,
                           int kv_heads, int head_dim, int length, int capacity) {
  const int group = heads / kv_heads;
  const int stride = (rows > 1 ? heads : 1) * head_dim;
  const int parts = parts_of_heads(rows, heads, kv_heads);
  const size_t behind = static_cast<size_t>(heads) * length;
  std::vector<float> sums((rows > 1 ? 2 : 1) * behind);  // of each head: the last row, the others
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int part = 0; part < parts; ++part) {
    const int head = heads * part / parts, next = heads * (part + 1) / parts;
    const int count = rows > 1 ? rows : next - head;
    const size_t kv = static_cast<size_t>(head / group) * capacity * head_dim;
    float* last = &sums[static_cast<size_t>(head) * length];
    std::vector<float> of_rows(rows > 1 ? static_cast<size_t>(rows) * length : 0);
    float* weights = rows > 1 ? of_rows.data() : last;  // (count, length)
    attend_part(out + head * head_dim, weights, q + head * head_dim, stride, count, rows > 1,
                keys + kv, values + kv, head_dim, length);
    for (int row = 0; row < rows && rows > 1; ++row) {
      const float* of_row = weights + static_cast<size_t>(row) * length;
      float* sum = row < rows - 1 ? last + behind : last;
#pragma omp simd
      for (int slot = 0; slot < length; ++slot) sum[slot] += of_row[slot];
    }
  }
  for (int head = 0; head < heads; ++head) {
    const size_t to = static_cast<size_t>(head / group) * length;
    const float* last = &sums[static_cast<size_t>(head) * length];
#pragma omp simd
    for (int slot = 0; slot < length; ++slot) newest[to + slot] += last[slot];
    if (rows == 1) continue;
#pragma omp simd
    for (int slot = 0; slot < length; ++slot) others[to + slot] += last[behind + slot];
  }
}
