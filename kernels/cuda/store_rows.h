// Stores new keys or values in the cache.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element of x.
__global__ void store_rows_kernel(float* cache, const float* x, int rows, int heads, int head_dim,
                                  int capacity) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * heads * head_dim) return;
  const size_t head = i / head_dim % heads, row = i / head_dim / heads;
  cache[(head * capacity + row) * head_dim + i % head_dim] = x[i];
}

/// Transposes x (rows, heads, head_dim), as the projection leaves it, into the first `rows` rows of
/// each head of cache (heads, capacity, head_dim).
inline void store_rows(Device& device, float* cache, const float* x, int rows, int heads,
                       int head_dim, int capacity) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(rows) * heads * head_dim;
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  store_rows_kernel<<<blocks, threads, 0, device.stream>>>(cache, x, rows, heads, head_dim,
                                                           capacity);
  cuda_check(cudaGetLastError(), "store_rows");
}
