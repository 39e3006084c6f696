// Adds one vector to another: the residual connection.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element.
__global__ void add_kernel(float* x, const float* y, size_t count) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) x[i] += y[i];
}

/// x += y, both (count).
inline void add(Device& device, float* x, const float* y, size_t count) {
  if (count == 0) return;
  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  add_kernel<<<blocks, threads, 0, device.stream>>>(x, y, count);
  cuda_check(cudaGetLastError(), "add");
}
