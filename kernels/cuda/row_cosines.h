// How alike the keys or the values of two layers are.
#pragma once

#include <cstddef>

#include "device.h"

/// One warp per row.
__global__ void row_cosines_kernel(float* cosines, const float* a, const float* b, int heads,
                                   int length, int head_dim, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= static_cast<size_t>(heads) * length) return;
  const size_t first = (warp / length * capacity + warp % length) * head_dim;
  float product = 0.0f, a_squares = 0.0f, b_squares = 0.0f;
  for (int i = lane; i < head_dim; i += 32) {
    product += a[first + i] * b[first + i];
    a_squares += a[first + i] * a[first + i];
    b_squares += b[first + i] * b[first + i];
  }
  for (int step = 16; step > 0; step /= 2) {
    product += __shfl_xor_sync(0xffffffffu, product, step);
    a_squares += __shfl_xor_sync(0xffffffffu, a_squares, step);
    b_squares += __shfl_xor_sync(0xffffffffu, b_squares, step);
  }
  const float size = sqrtf(a_squares) * sqrtf(b_squares);
  if (lane == 0) cosines[warp] = size > 0.0f ? product / size : 0.0f;
}

/// cosines[head][row] = the cosine of the angle between a[head][row] and b[head][row], 0 where one
/// of them is 0; cosines (heads, length), a and b (heads, capacity, head_dim).
inline void row_cosines(Device& device, float* cosines, const float* a, const float* b, int heads,
                        int length, int head_dim, int capacity) {
  if (length == 0) return;
  const size_t threads = static_cast<size_t>(heads) * length * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  row_cosines_kernel<<<blocks, 256, 0, device.stream>>>(cosines, a, b, heads, length, head_dim,
                                                        capacity);
  cuda_check(cudaGetLastError(), "row_cosines");
}
