// How large the channels of a cache are.
#pragma once

#include <cstddef>

#include "device.h"

/// A block of 32 x 32 threads owns 32 channels of a head: each row of threads adds up every 32nd
/// row of x, the first adds up what they have.
__global__ void channel_squares_kernel(float* sums, const float* x, int rows, int head_dim,
                                       int capacity) {
  __shared__ float parts[32][32];
  const int channel = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  const float* column = x + static_cast<size_t>(blockIdx.y) * capacity * head_dim + channel;
  float sum = 0.0f;
  for (int row = static_cast<int>(threadIdx.y); row < rows && channel < head_dim; row += 32) {
    const float number = column[static_cast<size_t>(row) * head_dim];
    sum += number * number;
  }
  parts[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || channel >= head_dim) return;
  for (int i = 1; i < 32; ++i) sum += parts[i][threadIdx.x];
  sums[static_cast<size_t>(blockIdx.y) * head_dim + channel] = sum;
}

/// sums[head][i] = the sum of x[head][row][i] squared over the first `rows` rows; sums (heads,
/// head_dim), x (heads, capacity, head_dim).
inline void channel_squares(Device& device, float* sums, const float* x, int heads, int rows,
                            int head_dim, int capacity) {
  const dim3 blocks((head_dim + 31) / 32, heads);
  channel_squares_kernel<<<blocks, dim3(32, 32), 0, device.stream>>>(sums, x, rows, head_dim,
                                                                     capacity);
  cuda_check(cudaGetLastError(), "channel_squares");
}
