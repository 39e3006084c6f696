// How much keys are like all others.
#pragma once

#include <cstddef>

#include "device.h"

/// The sum of x[i] * y[i], in every lane of a warp.
__device__ inline float warp_dot(const float* x, const float* y, int size) {
  float sum = 0.0f;
  for (int i = static_cast<int>(threadIdx.x % 32); i < size; i += 32) sum += x[i] * y[i];
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
  return sum;
}

/// One warp per key: its norm, which later becomes its similarity.
__global__ void key_norms_kernel(float* norms, const float* keys, int heads, int length,
                                 int head_dim, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  if (warp >= static_cast<size_t>(heads) * length) return;
  const float* key = keys + (warp / length * capacity + warp % length) * head_dim;
  const float norm = fmaxf(sqrtf(warp_dot(key, key, head_dim)), 1e-12f);
  if (threadIdx.x % 32 == 0) norms[warp] = norm;
}

/// A block of 32 x 32 threads adds up 32 channels of one head: each row of threads every 32nd key,
/// then the rows' sums in order, so that the result is the same each time.
__global__ void key_directions_kernel(float* mean, const float* keys, const float* norms,
                                      int length, int head_dim, int capacity) {
  __shared__ float sums[32][32];
  const int channel = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  const float* of_head = keys + static_cast<size_t>(blockIdx.y) * capacity * head_dim;
  const float* norms_of_head = norms + static_cast<size_t>(blockIdx.y) * length;
  float sum = 0.0f;
  for (int row = static_cast<int>(threadIdx.y); row < length && channel < head_dim; row += 32) {
    sum += of_head[static_cast<size_t>(row) * head_dim + channel] / norms_of_head[row];
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || channel >= head_dim) return;
  for (int row = 1; row < 32; ++row) sum += sums[row][threadIdx.x];
  mean[static_cast<size_t>(blockIdx.y) * head_dim + channel] = sum;
}

/// One warp per key.
__global__ void key_similarity_kernel(float* similarities, const float* keys, const float* mean,
                                      int heads, int length, int head_dim, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  if (warp >= static_cast<size_t>(heads) * length) return;
  const float* key = keys + (warp / length * capacity + warp % length) * head_dim;
  const float* direction = mean + warp / length * head_dim;
  const float norm = fmaxf(sqrtf(warp_dot(direction, direction, head_dim)), 1e-12f);
  const float product = warp_dot(key, direction, head_dim);
  if (threadIdx.x % 32 == 0) similarities[warp] = product / (similarities[warp] * norm);
}

/// similarities[head][row] = the cosine between a key and the mean direction of its head's keys;
/// similarities (heads, length), keys (heads, capacity, head_dim). A key of norm 0 is like none.
inline void key_similarity(Device& device, float* similarities, const float* keys, int heads,
                           int length, int head_dim, int capacity) {
  if (length == 0) return;
  float* mean = device.scratch(static_cast<size_t>(heads) * head_dim);
  const size_t threads = static_cast<size_t>(heads) * length * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  key_norms_kernel<<<blocks, 256, 0, device.stream>>>(similarities, keys, heads, length, head_dim,
                                                      capacity);
  const dim3 columns((head_dim + 31) / 32, heads);
  key_directions_kernel<<<columns, dim3(32, 32), 0, device.stream>>>(mean, keys, similarities,
                                                                     length, head_dim, capacity);
  key_similarity_kernel<<<blocks, 256, 0, device.stream>>>(similarities, keys, mean, heads, length,
                                                           head_dim, capacity);
  cuda_check(cudaGetLastError(), "key_similarity");
}
