// Attention of queries over a cache that lies in blocks, and how much of it each token is given.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "attend_paged.h"
#include "device.h"
#include "paged_rows.h"

/// attend_and_sum(), over rows in blocks.
inline void attend_paged_and_sum(Device&, float* out, float* newest, float* others, const float* q,
                                 int rows, int heads, const PagedRows& cache) {
  const int head_dim = cache.head_dim, length = cache.length, stride = heads * head_dim;
  const int group = heads / cache.kv_heads;
  const size_t behind = static_cast<size_t>(heads) * length;
  std::vector<float> sums((rows > 1 ? 2 : 1) * behind);  // of each head: the last row, the others
  const bool is_large = static_cast<size_t>(rows) * length * stride > 131072;
  const int parts = rows > 1 ? heads : is_large ? std::min(omp_get_max_threads(), heads) : 1;
#pragma omp parallel for if (is_large)
  for (int part = 0; part < parts; ++part) {
    if (rows == 1) {
      attend_paged_row(out, sums.data(), q, cache, heads * part / parts, heads * (part + 1) / parts,
                       group);
      continue;
    }
    const std::vector<float> weights = attend_paged_rows(out + part * head_dim, q + part * head_dim,
                                                         cache, rows, stride, part / group);
    float* last = &sums[static_cast<size_t>(part) * length];
    for (int row = 0; row < rows; ++row) {
      const float* of_row = &weights[static_cast<size_t>(row) * length];
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
