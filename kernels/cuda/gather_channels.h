// Takes chosen channels of the cache, of each head its own.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element of out.
__global__ void gather_channels_kernel(float* out, const float* cache, const int* channels,
                                       int heads, int rows, int count, int head_dim, int capacity) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(heads) * rows * count) return;
  const size_t row = i / count % rows, head = i / count / rows;
  out[i] = cache[(head * capacity + row) * head_dim + channels[head * count + i % count]];
}

/// out[head][row][i] = cache[head][row][channels[head][i]] for the first `rows` rows of each head;
/// out (heads, rows, count), cache (heads, capacity, head_dim), channels (heads, count).
inline void gather_channels(Device& device, float* out, const float* cache, const int* channels,
                            int heads, int rows, int count, int head_dim, int capacity) {
  const size_t size = static_cast<size_t>(heads) * rows * count;
  if (size == 0) return;
  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((size + threads - 1) / threads);
  gather_channels_kernel<<<blocks, threads, 0, device.stream>>>(out, cache, channels, heads, rows,
                                                                count, head_dim, capacity);
  cuda_check(cudaGetLastError(), "gather_channels");
}
