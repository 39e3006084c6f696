// Root mean square normalization (Zhang and Sennrich, 2019).
#pragma once

#include <cmath>
#include <cstddef>

#include "device.h"

/// out = x / sqrt(mean(x^2) + eps) * weight (dim) for each row of x (rows, dim); out may be x.
inline void rms_norm(Device&, float* out, const float* x, const float* weight, int rows, int dim,
                     float eps) {
#pragma omp parallel for if (rows > 1 && rows * dim > 16384)
  for (int row = 0; row < rows; ++row) {
    const float* row_x = x + static_cast<size_t>(row) * dim;
    float* row_out = out + static_cast<size_t>(row) * dim;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < dim; ++i) sum += row_x[i] * row_x[i];
    const float scale = 1.0f / std::sqrt(sum / static_cast<float>(dim) + eps);
#pragma omp simd
    for (int i = 0; i < dim; ++i) row_out[i] = row_x[i] * scale * weight[i];
  }
}
