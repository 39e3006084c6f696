// The bias of a linear layer, and what follows it.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per number.
__global__ void add_bias_kernel(float* x, const float* bias, size_t count, int dim, bool relu) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const float sum = x[i] + bias[i % dim];
  x[i] = relu ? fmaxf(sum, 0.0f) : sum;
}

/// x (rows, dim) += bias (dim); where `relu`, what is negative then becomes 0.
inline void add_bias(Device& device, float* x, const float* bias, int rows, int dim, bool relu) {
  if (rows == 0) return;
  const size_t count = static_cast<size_t>(rows) * dim;
  const unsigned blocks = static_cast<unsigned>((count + 255) / 256);
  add_bias_kernel<<<blocks, 256, 0, device.stream>>>(x, bias, count, dim, relu);
  cuda_check(cudaGetLastError(), "add_bias");
}
