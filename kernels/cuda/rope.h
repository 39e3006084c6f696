// Rotary position embedding (Su et al., 2021) of queries and keys.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per row, head and pair of channels: it alone reads and writes its pair.
__global__ void rope_kernel(float* x, const float* angles, int rows, int heads, int head_dim,
                            size_t row_stride, size_t head_stride, bool interleaved) {
  const int pairs = head_dim / 2;
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * heads * pairs) return;
  const int pair = static_cast<int>(i % pairs);
  const size_t head = i / pairs % heads, row = i / pairs / heads;
  float* first = x + row * row_stride + head * head_stride + (interleaved ? 2 * pair : pair);
  float* second = first + (interleaved ? 1 : pairs);
  const float* turn = angles + (row * pairs + pair) * 2;
  const float a = *first, b = *second, cosine = turn[0], sine = turn[1];
  *first = a * cosine - b * sine;
  *second = a * sine + b * cosine;
}

/// Turns each head of x in place by angles (rows, head_dim / 2, 2) of rope_angles. Row r of head h
/// begins at x + r * row_stride + h * head_stride. Pair i is the channels 2i and 2i + 1 when
/// `interleaved`, else i and i + head_dim / 2.
inline void rope(Device& device, float* x, const float* angles, int rows, int heads, int head_dim,
                 size_t row_stride, size_t head_stride, bool interleaved) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(rows) * heads * (head_dim / 2);
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  rope_kernel<<<blocks, threads, 0, device.stream>>>(x, angles, rows, heads, head_dim, row_stride,
                                                     head_stride, interleaved);
  cuda_check(cudaGetLastError(), "rope");
}
