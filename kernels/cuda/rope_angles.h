// The turns of rotary position embedding, computed once for all layers.
#pragma once

#include <cstddef>

#include "device.h"
#include "rope_scaling.h"

/// One thread per row and pair of channels.
__global__ void rope_angles_kernel(float* angles, const int* positions, int rows, int head_dim,
                                   float theta, RopeScaling scaling) {
  const int pairs = head_dim / 2;
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * pairs) return;
  const int pair = static_cast<int>(i % pairs);
  const double angle = positions[i / pairs] * rope_frequency(pair, head_dim, theta, scaling);
  angles[2 * i] = static_cast<float>(cos(angle));
  angles[2 * i + 1] = static_cast<float>(sin(angle));
}

/// angles (rows, head_dim / 2, 2): cosine and sine of positions[row] * rope_frequency(i), in
/// double, since a float is off by 1 % at a million. positions (rows) is device memory.
inline void rope_angles(Device& device, float* angles, const int* positions, int rows, int head_dim,
                        float theta, const RopeScaling& scaling) {
  if (rows == 0) return;
  const int threads = 64;  // small blocks: double precision is slow, and a row has few pairs
  const size_t count = static_cast<size_t>(rows) * (head_dim / 2);
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  rope_angles_kernel<<<blocks, threads, 0, device.stream>>>(angles, positions, rows, head_dim,
                                                            theta, scaling);
  cuda_check(cudaGetLastError(), "rope_angles");
}
