// Turns keys that are in the cache to other positions.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per head, row and pair of channels: it alone reads and writes its pair, so that `to`
/// may be `from`.
__global__ void rotate_rows_kernel(float* to, const float* from, const float* angles, int heads,
                                   int rows, int head_dim, int to_capacity, int from_capacity,
                                   bool interleaved) {
  const int pairs = head_dim / 2;
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(heads) * rows * pairs) return;
  const int pair = static_cast<int>(i % pairs);
  const size_t row = i / pairs % rows, head = i / pairs / rows;
  const int first = interleaved ? 2 * pair : pair;
  const int second = first + (interleaved ? 1 : pairs);
  const float* in = from + (head * from_capacity + row) * head_dim;
  float* out = to + (head * to_capacity + row) * head_dim;
  const float* turn = angles + (row * pairs + pair) * 2;
  const float a = in[first], b = in[second], cosine = turn[0], sine = turn[1];
  out[first] = a * cosine - b * sine;
  out[second] = a * sine + b * cosine;
}

/// to[head][row] = from[head][row] turned by angles[row], for the first `rows` rows of each head.
/// to (heads, to_capacity, head_dim) and from (heads, from_capacity, head_dim) are the same memory
/// or do not overlap; angles (rows, head_dim / 2, 2) of rope_angles, computed from how far each row
/// moves. Pairs of channels as in rope.
inline void rotate_rows(Device& device, float* to, const float* from, const float* angles,
                        int heads, int rows, int head_dim, int to_capacity, int from_capacity,
                        bool interleaved) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(heads) * rows * (head_dim / 2);
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  rotate_rows_kernel<<<blocks, threads, 0, device.stream>>>(
      to, from, angles, heads, rows, head_dim, to_capacity, from_capacity, interleaved);
  cuda_check(cudaGetLastError(), "rotate_rows");
}
