// The nonlinearity of SwiGLU (Shazeer, 2020).
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element.
__global__ void silu_mul_kernel(float* gate, const float* up, size_t count) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) gate[i] = gate[i] / (1.0f + expf(-gate[i])) * up[i];
}

/// gate = silu(gate) * up, with silu(x) = x / (1 + exp(-x)); both (count).
inline void silu_mul(Device& device, float* gate, const float* up, size_t count) {
  if (count == 0) return;
  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  silu_mul_kernel<<<blocks, threads, 0, device.stream>>>(gate, up, count);
  cuda_check(cudaGetLastError(), "silu_mul");
}
