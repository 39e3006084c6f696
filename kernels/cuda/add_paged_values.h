// Adds values of a cache in blocks to others.
#pragma once

#include <cstddef>

#include "device.h"
#include "paged_rows.h"
#include "row_term.h"

/// One thread per channel of a head, so that sums have one order.
__global__ void add_paged_values_kernel(PagedRows cache, const RowTerm* terms, int count) {
  const int channel = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (channel >= cache.head_dim) return;
  const int head = static_cast<int>(blockIdx.y);
  for (size_t at = static_cast<size_t>(head) * count; at < (head + size_t{1}) * count; ++at) {
    const RowTerm term = terms[at];
    if (term.weight == 0.0f) continue;
    cache.value(term.to, head)[channel] += term.weight * cache.value(term.from, head)[channel];
  }
}

/// As add_rows, of the values of a cache in blocks: from, to are slots; terms (kv_heads, count).
inline void add_paged_values(Device& device, const PagedRows& cache, const RowTerm* terms,
                             int count) {
  if (count == 0) return;
  const dim3 blocks((cache.head_dim + 31) / 32, cache.kv_heads);
  add_paged_values_kernel<<<blocks, 32, 0, device.stream>>>(cache, terms, count);
  cuda_check(cudaGetLastError(), "add_paged_values");
}
