// The nonlinearity of SwiGLU (Shazeer, 2020).
#pragma once

#include <cstddef>

#include "device.h"
#include "exp_float.h"

/// gate = silu(gate) * up, with silu(x) = x / (1 + exp(-x)); both (count).
inline void silu_mul(Device&, float* gate, const float* up, size_t count) {
#pragma omp parallel for simd if (count > 16384)
  for (size_t i = 0; i < count; ++i) gate[i] = gate[i] / (1.0f + exp_float(-gate[i])) * up[i];
}
