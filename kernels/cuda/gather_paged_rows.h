// Keeps chosen rows of a cache in blocks, of each head its own.
#pragma once

#include <cstddef>

#include "device.h"
#include "paged_rows.h"

/// As gather_rows_kernel, of keys (blockIdx.z 0) or values: a block of 32 x 32 threads owns 32
/// columns of one head and walks down its rows. It holds 128 of them in registers, waits until all
/// are read, then writes them; rows further down are read from further down, since they ascend.
__global__ void gather_paged_rows_kernel(PagedRows cache, const int* rows, int same, int count) {
  const int rows_held = 4;
  const int column = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  const int head = static_cast<int>(blockIdx.y);
  const int side_head = head + static_cast<int>(blockIdx.z) * cache.kv_heads;
  const int* rows_of_head = rows + static_cast<size_t>(head) * count;
  for (int first = 0; first < count; first += 32 * rows_held) {
    float held[rows_held] = {};
    for (int i = 0; i < rows_held; ++i) {
      const int row = first + 32 * i + static_cast<int>(threadIdx.y);
      if (row >= count || column >= cache.head_dim) continue;
      held[i] = cache.key(rows_of_head[row], side_head)[column];
    }
    __syncthreads();
    for (int i = 0; i < rows_held; ++i) {
      const int row = first + 32 * i + static_cast<int>(threadIdx.y);
      if (row >= count || column >= cache.head_dim) continue;
      cache.key(same + row, side_head)[column] = held[i];
    }
  }
}

/// Keys and values of slot same + i become those of slot rows[head][i] for i below `count`, in
/// place; rows (kv_heads, count), of each head in ascending order, from `same` on.
inline void gather_paged_rows(Device& device, const PagedRows& cache, const int* rows, int same,
                              int count) {
  if (count == 0) return;
  const dim3 blocks((cache.head_dim + 31) / 32, cache.kv_heads, 2);
  gather_paged_rows_kernel<<<blocks, dim3(32, 32), 0, device.stream>>>(cache, rows, same, count);
  cuda_check(cudaGetLastError(), "gather_paged_rows");
}
