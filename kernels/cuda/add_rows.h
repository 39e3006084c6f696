// Adds rows of a cache to others.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per channel of a head, so that sums have one order.
__global__ void add_rows_kernel(float* rows, const int* from, const int* to, const float* weights,
                                int count, int head_dim, int capacity) {
  const int channel = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (channel >= head_dim) return;
  const size_t head = blockIdx.y;
  float* of_head = rows + head * capacity * head_dim + channel;
  for (size_t at = head * count; at < (head + 1) * count; ++at) {
    of_head[static_cast<size_t>(to[at]) * head_dim] +=
        weights[at] * of_head[static_cast<size_t>(from[at]) * head_dim];
  }
}

/// rows[head][to[head][i]] += weights[head][i] * rows[head][from[head][i]], one after the other;
/// rows (heads, capacity, head_dim), the rest (heads, count).
inline void add_rows(Device& device, float* rows, const int* from, const int* to,
                     const float* weights, int heads, int count, int head_dim, int capacity) {
  if (count == 0) return;
  const dim3 blocks((head_dim + 31) / 32, heads);
  add_rows_kernel<<<blocks, 32, 0, device.stream>>>(rows, from, to, weights, count, head_dim,
                                                    capacity);
  cuda_check(cudaGetLastError(), "add_rows");
}
