// Moves rows of the cache, for every head alike.
#pragma once

#include <cstddef>

#include "device.h"

/// For rows that overlap. A block of 32 x 32 threads owns 32 columns of one head and walks down its
/// rows, or up when they move up, so that what it overwrites has been read: it holds 128 rows in
/// registers, waits until all of them are read, then writes them.
__global__ void move_rows_kernel(float* to, const float* from, int rows, int head_dim, int capacity,
                                 bool upwards) {
  const int rows_held = 4;
  const int column = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  const size_t offset = static_cast<size_t>(blockIdx.y) * capacity * head_dim + column;
  for (int first = 0; first < rows; first += 32 * rows_held) {
    float held[rows_held] = {};
    for (int i = 0; i < rows_held; ++i) {
      const int step = first + 32 * i + static_cast<int>(threadIdx.y);
      const size_t row = upwards ? rows - 1 - step : step;
      if (step < rows && column < head_dim) held[i] = from[offset + row * head_dim];
    }
    __syncthreads();
    for (int i = 0; i < rows_held; ++i) {
      const int step = first + 32 * i + static_cast<int>(threadIdx.y);
      const size_t row = upwards ? rows - 1 - step : step;
      if (step < rows && column < head_dim) to[offset + row * head_dim] = held[i];
    }
  }
}

/// to[head][row] = from[head][row] for the first `rows` rows of each head; to (heads, to_capacity,
/// head_dim), from (heads, from_capacity, head_dim). Within one cache the rows may overlap.
inline void move_rows(Device& device, float* to, const float* from, int heads, int rows,
                      int head_dim, int to_capacity, int from_capacity) {
  if (rows == 0 || to == from) return;
  const size_t row_bytes = head_dim * sizeof(float);
  const size_t distance = to < from ? from - to : to - from;
  if (to_capacity != from_capacity || distance >= static_cast<size_t>(rows) * head_dim) {
    cuda_check(cudaMemcpy2DAsync(to, to_capacity * row_bytes, from, from_capacity * row_bytes,
                                 rows * row_bytes, heads, cudaMemcpyDeviceToDevice, device.stream),
               "move_rows");
    return;
  }
  const dim3 blocks((head_dim + 31) / 32, heads);
  move_rows_kernel<<<blocks, dim3(32, 32), 0, device.stream>>>(to, from, rows, head_dim,
                                                               to_capacity, to > from);
  cuda_check(cudaGetLastError(), "move_rows");
}
