// How long the keys or the values of a cache are.
#pragma once

#include <cstddef>

#include "device.h"

/// One warp per row.
__global__ void row_norms_kernel(float* norms, const float* rows, int heads, int length,
                                 int head_dim, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= static_cast<size_t>(heads) * length) return;
  const float* x = rows + (warp / length * capacity + warp % length) * head_dim;
  float sum = 0.0f;
  for (int i = lane; i < head_dim; i += 32) sum += x[i] * x[i];
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
  if (lane == 0) norms[warp] = sqrtf(sum);
}

/// norms[head][row] = the Euclidean norm of rows[head][row]; norms (heads, length), rows (heads,
/// capacity, head_dim).
inline void row_norms(Device& device, float* norms, const float* rows, int heads, int length,
                      int head_dim, int capacity) {
  if (length == 0) return;
  const size_t threads = static_cast<size_t>(heads) * length * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  row_norms_kernel<<<blocks, 256, 0, device.stream>>>(norms, rows, heads, length, head_dim,
                                                      capacity);
  cuda_check(cudaGetLastError(), "row_norms");
}
