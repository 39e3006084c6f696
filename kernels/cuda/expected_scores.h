// What queries of which mean and covariance are known give keys on average.
#pragma once

#include <cstddef>

#include "device.h"

/// One warp per query head and slot; its lanes share the rows of the covariance.
__global__ void expected_scores_kernel(float* scores, const float* mean, const float* covariance,
                                       const float* keys, int heads, int kv_heads, int head_dim,
                                       int length, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  if (warp >= static_cast<size_t>(heads) * length) return;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const size_t head = warp / length, slot = warp % length;
  const float* key = keys + (head / (heads / kv_heads) * capacity + slot) * head_dim;
  const float* mu = mean + head * head_dim;
  const float* sigma = covariance + head * head_dim * head_dim;
  float linear = 0.0f, quadratic = 0.0f;
  for (int i = lane; i < head_dim; i += 32) {
    float row = 0.0f;
    for (int j = 0; j < head_dim; ++j) row += sigma[i * head_dim + j] * key[j];
    quadratic += row * key[i];
    linear += mu[i] * key[i];
  }
  for (int step = 16; step > 0; step /= 2) {
    linear += __shfl_xor_sync(0xffffffffu, linear, step);
    quadratic += __shfl_xor_sync(0xffffffffu, quadratic, step);
  }
  const float d = static_cast<float>(head_dim);
  if (lane == 0) scores[warp] = linear / sqrtf(d) + quadratic / (2.0f * d);
}

/// scores[head][slot] = mean . k / sqrt(head_dim) + k . covariance k / (2 head_dim), the logarithm
/// of the expected exp(q . k / sqrt(head_dim)) for normal q; scores (heads, length), mean (heads,
/// head_dim), covariance (heads, head_dim, head_dim). Query head h reads key head
/// h / (heads / kv_heads) of keys (kv_heads, capacity, head_dim).
inline void expected_scores(Device& device, float* scores, const float* mean,
                            const float* covariance, const float* keys, int heads, int kv_heads,
                            int head_dim, int length, int capacity) {
  if (length == 0) return;
  const size_t threads = static_cast<size_t>(heads) * length * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  expected_scores_kernel<<<blocks, 256, 0, device.stream>>>(scores, mean, covariance, keys, heads,
                                                            kv_heads, head_dim, length, capacity);
  cuda_check(cudaGetLastError(), "expected_scores");
}
