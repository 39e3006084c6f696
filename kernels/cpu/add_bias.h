// The bias of a linear layer, and what follows it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// x (rows, dim) += bias (dim); where `relu`, what is negative then becomes 0.
inline void add_bias(Device&, float* x, const float* bias, int rows, int dim, bool relu) {
  for (int row = 0; row < rows; ++row) {
    float* numbers = x + static_cast<size_t>(row) * dim;
#pragma omp simd
    for (int i = 0; i < dim; ++i) {
      const float sum = numbers[i] + bias[i];
      numbers[i] = relu ? std::max(sum, 0.0f) : sum;
    }
  }
}
