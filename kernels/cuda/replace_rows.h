// Puts a row of the cache in the place of others, of each head its own.
#pragma once

#include <cstddef>

#include "device.h"

/// One block per side and head, one thread per channel.
__global__ void replace_rows_kernel(float* cache, const int* rows, int from, int heads,
                                    int head_dim, int capacity) {
  float* of_head = cache + static_cast<size_t>(blockIdx.x) * capacity * head_dim;
  const size_t to = rows[blockIdx.x % heads];
  for (int i = static_cast<int>(threadIdx.x); i < head_dim; i += 128) {
    of_head[to * head_dim + i] = of_head[static_cast<size_t>(from) * head_dim + i];
  }
}

/// cache[side][head][rows[head]] = cache[side][head][from]; cache (2, heads, capacity, head_dim).
inline void replace_rows(Device& device, float* cache, const int* rows, int from, int heads,
                         int head_dim, int capacity) {
  replace_rows_kernel<<<2 * heads, 128, 0, device.stream>>>(cache, rows, from, heads, head_dim,
                                                            capacity);
  cuda_check(cudaGetLastError(), "replace_rows");
}
