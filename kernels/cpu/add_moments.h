// Sums from which the mean and the covariance of rows follow.
#pragma once

#include <cblas.h>

#include <cstddef>

#include "device.h"

/// sums[head][i] += x[row][head][i] and products[head][i][j] += x[row][head][i] * x[row][head][j],
/// over all rows; x (rows, heads, head_dim), sums (heads, head_dim), products (heads, head_dim,
/// head_dim).
inline void add_moments(Device&, float* sums, float* products, const float* x, int rows, int heads,
                        int head_dim) {
#pragma omp parallel for if (static_cast<size_t>(rows) * heads * head_dim * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    float* sum = sums + static_cast<size_t>(head) * head_dim;
    float* product = products + static_cast<size_t>(head) * head_dim * head_dim;
    const float* of_head = x + static_cast<size_t>(head) * head_dim;
    for (int row = 0; row < rows; ++row) {
      const float* of_row = of_head + static_cast<size_t>(row) * heads * head_dim;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) sum[i] += of_row[i];
    }
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, head_dim, head_dim, rows, 1.0f, of_head,
                heads * head_dim, of_head, heads * head_dim, 1.0f, product, head_dim);
  }
}
