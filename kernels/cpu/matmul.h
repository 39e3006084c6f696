// Multiplication by a weight matrix.
#pragma once

#include <cblas.h>
#include <omp.h>

#include <algorithm>
#include <cstddef>

#include "device.h"

/// out (rows, d_out) = x (rows, d_in) times the transpose of weight (d_out, d_in).
inline void matmul(Device&, float* out, const float* x, const float* weight, int rows, int d_in,
                   int d_out) {
  const bool parallel = static_cast<size_t>(d_in) * d_out * rows > 262144;
  if (rows >= 6) {  // from here on, BLAS is faster than reading the weights once
    const int threads = parallel ? omp_get_max_threads() : 1;
    const int share = (d_out + threads - 1) / threads;  // of the columns, for each thread
#pragma omp parallel for if (parallel)
    for (int begin = 0; begin < d_out; begin += share) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, std::min(share, d_out - begin),
                  d_in, 1.0f, x, d_in, weight + static_cast<size_t>(begin) * d_in, d_in, 0.0f,
                  out + begin, d_out);
    }
    return;
  }
  // Row after row, in one accumulator of eight: the memory's prefetcher keeps up with one stream
  // for each thread, and reading several rows side by side halves the bandwidth.
#pragma omp parallel for schedule(static) if (parallel)
  for (int i = 0; i < d_out; ++i) {
    const float* weights = weight + static_cast<size_t>(i) * d_in;
    for (int row = 0; row < rows; ++row) {
      const float* values = x + static_cast<size_t>(row) * d_in;
      float sum = 0.0f;
#pragma omp simd reduction(+ : sum) simdlen(8)
      for (int j = 0; j < d_in; ++j) sum += weights[j] * values[j];
      out[static_cast<size_t>(row) * d_out + i] = sum;
    }
  }
}
