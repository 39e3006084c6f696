// Makes one direction of the rows of two layers.
#pragma once

#include <cstddef>

#include "device.h"

/// The sum of what the lanes of a warp have, in each of them.
__device__ inline float sum_of_lanes(float x) {
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

/// One warp per row.
__global__ void merge_directions_kernel(float* directions, float* a_norms, float* b_norms,
                                        const float* a, const float* b, const int* slots, int heads,
                                        int count, int head_dim, int capacity, float share) {
  const size_t at = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (at >= static_cast<size_t>(heads) * count) return;
  const size_t first = (at / count * capacity + slots[at]) * head_dim;
  float product = 0.0f, a_squares = 0.0f, b_squares = 0.0f;
  for (int i = lane; i < head_dim; i += 32) {
    product += a[first + i] * b[first + i];
    a_squares += a[first + i] * a[first + i];
    b_squares += b[first + i] * b[first + i];
  }
  const float a_norm = sqrtf(sum_of_lanes(a_squares)), b_norm = sqrtf(sum_of_lanes(b_squares));
  const float least = 1e-6f, size = fmaxf(a_norm, least) * fmaxf(b_norm, least);
  const float cosine = sum_of_lanes(product) / size;
  const float angle = acosf(fminf(fmaxf(cosine, least - 1.0f), 1.0f - least));
  const float of_a = sinf((1.0f - share) * angle) / fmaxf(a_norm, least);
  const float of_b = sinf(share * angle) / fmaxf(b_norm, least);
  float squares = 0.0f;
  for (int i = lane; i < head_dim; i += 32) {
    const float x = of_a * a[first + i] + of_b * b[first + i];
    squares += x * x;
  }
  const float norm = fmaxf(sqrtf(sum_of_lanes(squares)), 1e-20f);
  for (int i = lane; i < head_dim; i += 32) {
    directions[at * head_dim + i] = (of_a * a[first + i] + of_b * b[first + i]) / norm;
  }
  if (lane > 0) return;
  a_norms[at] = a_norm;
  b_norms[at] = b_norm;
}

/// Of the rows that `slots` (heads, count) name of a and b (heads, capacity, head_dim): their
/// norms, a_norms and b_norms (heads, count); and in `directions` (heads, count, head_dim) the unit
/// vector that is `share` of the way from a's to b's, along the great circle (SLERP: Shoemake,
/// 1985).
inline void merge_directions(Device& device, float* directions, float* a_norms, float* b_norms,
                             const float* a, const float* b, const int* slots, int heads, int count,
                             int head_dim, int capacity, float share) {
  if (count == 0) return;
  const size_t threads = static_cast<size_t>(heads) * count * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  merge_directions_kernel<<<blocks, 256, 0, device.stream>>>(
      directions, a_norms, b_norms, a, b, slots, heads, count, head_dim, capacity, share);
  cuda_check(cudaGetLastError(), "merge_directions");
}
