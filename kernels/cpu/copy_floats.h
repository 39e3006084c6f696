// Copies within the memory of the device.
#pragma once

#include <cstddef>
#include <cstring>

#include "device.h"

/// Copies `count` floats from `from` to `to`; the ranges may overlap.
inline void copy_floats(Device&, float* to, const float* from, size_t count) {
  if (count > 0) std::memmove(to, from, count * sizeof(float));
}
