// Sums from which the mean and the covariance of rows follow.
#pragma once

#include <cstddef>

#include "device.h"

/// One block per head and channel i, one thread per channel j, which adds up the rows in order.
__global__ void add_moments_kernel(float* sums, float* products, const float* x, int rows,
                                   int heads, int head_dim) {
  const size_t head = blockIdx.x / head_dim, i = blockIdx.x % head_dim;
  for (int j = static_cast<int>(threadIdx.x); j < head_dim; j += 128) {
    float sum = 0.0f, product = 0.0f;
    for (int row = 0; row < rows; ++row) {
      const float* of_row = x + (row * static_cast<size_t>(heads) + head) * head_dim;
      sum += of_row[j];
      product += of_row[i] * of_row[j];
    }
    products[(head * head_dim + i) * head_dim + j] += product;
    if (i == 0) sums[head * head_dim + j] += sum;
  }
}

/// sums[head][i] += x[row][head][i] and products[head][i][j] += x[row][head][i] * x[row][head][j],
/// over all rows; x (rows, heads, head_dim), sums (heads, head_dim), products (heads, head_dim,
/// head_dim).
inline void add_moments(Device& device, float* sums, float* products, const float* x, int rows,
                        int heads, int head_dim) {
  if (rows == 0) return;
  add_moments_kernel<<<heads * head_dim, 128, 0, device.stream>>>(sums, products, x, rows, heads,
                                                                  head_dim);
  cuda_check(cudaGetLastError(), "add_moments");
}
