// Adds one vector to another: the residual connection.
#pragma once

#include <cstddef>

#include "device.h"

/// x += y, both (count).
inline void add(Device&, float* x, const float* y, size_t count) {
#pragma omp parallel for simd if (count > 65536)
  for (size_t i = 0; i < count; ++i) x[i] += y[i];
}
