// Copies within the memory of the device.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// Copies `count` floats from `from` to `to`; the ranges may overlap.
///
/// The copy engine gives no order within one copy. Where the ranges overlap, each piece therefore
/// passes through scratch memory, and the pieces run away from the side that is overwritten.
inline void copy_floats(Device& device, float* to, const float* from, size_t count) {
  const auto copy = [&](float* target, const float* source, size_t size) {
    cuda_check(cudaMemcpyAsync(target, source, size * sizeof(float), cudaMemcpyDeviceToDevice,
                               device.stream),
               "copy_floats");
  };
  if (count == 0 || to == from) return;
  if (to + count <= from || from + count <= to) return copy(to, from, count);

  const size_t piece = std::min(count, size_t{1} << 20);
  float* staging = device.scratch(piece);
  for (size_t done = 0; done < count; done += piece) {
    const size_t size = std::min(piece, count - done);
    const size_t at = to < from ? done : count - done - size;
    copy(staging, from + at, size);
    copy(to + at, staging, size);
  }
}
