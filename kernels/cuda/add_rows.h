// Adds rows of a cache to others.
#pragma once

#include <cstddef>

#include "device.h"
#include "row_term.h"

/// One thread per channel of a head, so that sums have one order.
__global__ void add_rows_kernel(float* rows, const RowTerm* terms, int count, int head_dim,
                                int capacity) {
  const int channel = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (channel >= head_dim) return;
  const size_t head = blockIdx.y;
  float* of_head = rows + head * capacity * head_dim + channel;
  for (size_t at = head * count; at < (head + 1) * count; ++at) {
    const RowTerm term = terms[at];
    if (term.weight == 0.0f) continue;
    of_head[static_cast<size_t>(term.to) * head_dim] +=
        term.weight * of_head[static_cast<size_t>(term.from) * head_dim];
  }
}

/// rows[head][to] += weight * rows[head][from] for each of a head's terms, one after the other;
/// rows (heads, capacity, head_dim), terms (heads, count). One of weight 0 adds nothing.
inline void add_rows(Device& device, float* rows, const RowTerm* terms, int heads, int count,
                     int head_dim, int capacity) {
  if (count == 0) return;
  const dim3 blocks((head_dim + 31) / 32, heads);
  add_rows_kernel<<<blocks, 32, 0, device.stream>>>(rows, terms, count, head_dim, capacity);
  cuda_check(cudaGetLastError(), "add_rows");
}
