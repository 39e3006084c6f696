// Root mean square normalization (Zhang and Sennrich, 2019).
#pragma once

#include <cstddef>

#include "device.h"

/// One block per row: its threads stride over the row twice, and the second time it is in cache.
__global__ void rms_norm_kernel(float* out, const float* x, const float* weight, int dim,
                                float eps) {
  const float* row_x = x + static_cast<size_t>(blockIdx.x) * dim;
  float* row_out = out + static_cast<size_t>(blockIdx.x) * dim;
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);

  float sum = 0.0f;
  for (int i = thread; i < dim; i += threads) sum += row_x[i] * row_x[i];

  // The sum of each warp, then, in every thread alike, the sum of the warps' sums.
  __shared__ float warp_sums[32];
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
  if (thread % 32 == 0) warp_sums[thread / 32] = sum;
  __syncthreads();
  float total = 0.0f;
  for (int warp = 0; warp < threads / 32; ++warp) total += warp_sums[warp];

  const float scale = 1.0f / sqrtf(total / static_cast<float>(dim) + eps);
  for (int i = thread; i < dim; i += threads) row_out[i] = row_x[i] * scale * weight[i];
}

/// out = x / sqrt(mean(x^2) + eps) * weight (dim) for each row of x (rows, dim); out may be x.
inline void rms_norm(Device& device, float* out, const float* x, const float* weight, int rows,
                     int dim, float eps) {
  if (rows == 0) return;
  rms_norm_kernel<<<rows, 512, 0, device.stream>>>(out, x, weight, dim, eps);
  cuda_check(cudaGetLastError(), "rms_norm");
}
