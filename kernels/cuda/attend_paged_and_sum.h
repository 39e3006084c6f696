// Attention of queries over a cache that lies in blocks, and how much of it each token is given.
#pragma once

#include <cstddef>

#include "attend_and_sum.h"
#include "attend_paged.h"
#include "device.h"
#include "paged_rows.h"

/// attend_and_sum(), over rows in blocks.
inline void attend_paged_and_sum(Device& device, float* out, float* newest, float* others,
                                 const float* q, int rows, int heads, const PagedRows& cache) {
  if (rows == 0) return;
  const int head_dim = cache.head_dim, parts = parts_of_paged(device, rows, heads, cache);
  const size_t results = static_cast<size_t>(rows) * heads;
  const size_t size = results * parts * (head_dim + 2);
  float* partials = device.scratch(size + results * (cache.length + 2));
  float* totals = partials + size;
  float* scores = totals + 2 * results;
  attend_paged_parts(device, out, partials, scores, q, rows, heads, cache, parts);
  attend_and_sum_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(
      out, totals, partials, head_dim, parts);
  sum_weights_kernel<<<dim3((cache.length + 127) / 128, cache.kv_heads), 128, 0, device.stream>>>(
      newest, others, scores, totals, rows, heads, cache.kv_heads, cache.length);
  cuda_check(cudaGetLastError(), "attend_paged_and_sum");
}
