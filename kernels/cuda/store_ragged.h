// Stores new keys or values in a cache whose heads keep different numbers of tokens.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element of x.
__global__ void store_ragged_kernel(float* cache, const float* x, const int* begins, int room,
                                    int rows, int heads, int head_dim) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * heads * head_dim) return;
  const size_t head = i / head_dim % heads, row = i / head_dim / heads;
  cache[(begins[head + 1] - room + row) * head_dim + i % head_dim] = x[i];
}

/// Puts row r of x (rows, heads, head_dim) r rows behind what each head of `cache` keeps, which
/// ends `room` rows in front of the next head. Head h begins with the row begins[h]; begins
/// (heads + 1) is device memory.
inline void store_ragged(Device& device, float* cache, const float* x, const int* begins, int room,
                         int rows, int heads, int head_dim) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(rows) * heads * head_dim;
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  store_ragged_kernel<<<blocks, threads, 0, device.stream>>>(cache, x, begins, room, rows, heads,
                                                             head_dim);
  cuda_check(cudaGetLastError(), "store_ragged");
}
