// Copies rows of a cache to others.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// rows[to[i]] = rows[from[i]] for i below `count`; rows are `dim` numbers each. None of `from` is
/// among `to`, but for its own i.
inline void copy_rows(Device&, float* rows, const int* to, const int* from, int count, int dim) {
  for (int i = 0; i < count; ++i) {
    if (to[i] == from[i]) continue;
    std::copy_n(rows + static_cast<size_t>(from[i]) * dim, dim,
                rows + static_cast<size_t>(to[i]) * dim);
  }
}
