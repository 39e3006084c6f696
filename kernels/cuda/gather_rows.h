// Keeps chosen rows of the cache, of each head its own.
#pragma once

#include <cstddef>

#include "device.h"

/// As move_rows_kernel: a block of 32 x 32 threads owns 32 columns of one head and walks down its
/// rows. It holds 128 of them in registers, waits until all are read, then writes them; rows
/// further down are read from further down, since they ascend.
__global__ void gather_rows_kernel(float* cache, const int* rows, int count, int head_dim,
                                   int capacity) {
  const int rows_held = 4;
  const int column = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  float* of_head = cache + static_cast<size_t>(blockIdx.y) * capacity * head_dim + column;
  const int* rows_of_head = rows + static_cast<size_t>(blockIdx.y) * count;
  for (int first = 0; first < count; first += 32 * rows_held) {
    float held[rows_held] = {};
    for (int i = 0; i < rows_held; ++i) {
      const int row = first + 32 * i + static_cast<int>(threadIdx.y);
      if (row >= count || column >= head_dim) continue;
      held[i] = of_head[static_cast<size_t>(rows_of_head[row]) * head_dim];
    }
    __syncthreads();
    for (int i = 0; i < rows_held; ++i) {
      const int row = first + 32 * i + static_cast<int>(threadIdx.y);
      if (row < count && column < head_dim) of_head[static_cast<size_t>(row) * head_dim] = held[i];
    }
  }
}

/// cache[head][i] = cache[head][rows[head][i]] for i below `count`, in place; cache (heads,
/// capacity, head_dim), rows (heads, count), of each head in ascending order.
inline void gather_rows(Device& device, float* cache, const int* rows, int heads, int count,
                        int head_dim, int capacity) {
  if (count == 0) return;
  const dim3 blocks((head_dim + 31) / 32, heads);
  gather_rows_kernel<<<blocks, dim3(32, 32), 0, device.stream>>>(cache, rows, count, head_dim,
                                                                 capacity);
  cuda_check(cudaGetLastError(), "gather_rows");
}
