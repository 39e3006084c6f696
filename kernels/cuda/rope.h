// Rotary position embedding (Su et al., 2021) of queries and keys.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per row, head and pair of channels.
__global__ void rope_kernel(float* x, const float* angles, int rows, int heads, int head_dim,
                            bool interleaved) {
  const int pairs = head_dim / 2;
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * heads * pairs) return;
  const int pair = static_cast<int>(i % pairs);
  const size_t row = i / pairs / heads;
  float* first = x + i / pairs * head_dim + (interleaved ? 2 * pair : pair);
  float* second = first + (interleaved ? 1 : pairs);
  const float* turn = angles + (row * pairs + pair) * 2;
  const float a = *first, b = *second, cosine = turn[0], sine = turn[1];
  *first = a * cosine - b * sine;
  *second = a * sine + b * cosine;
}

/// Turns each head of x (rows, heads, head_dim) in place by angles (rows, head_dim / 2, 2) of
/// rope_angles. Pair i is the channels 2i and 2i + 1 when `interleaved`, else i and
/// i + head_dim / 2.
inline void rope(Device& device, float* x, const float* angles, int rows, int heads, int head_dim,
                 bool interleaved) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(rows) * heads * (head_dim / 2);
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  rope_kernel<<<blocks, threads, 0, device.stream>>>(x, angles, rows, heads, head_dim, interleaved);
  cuda_check(cudaGetLastError(), "rope");
}
