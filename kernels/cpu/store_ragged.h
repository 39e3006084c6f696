// Stores new keys or values in a cache whose heads keep different numbers of tokens.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"

/// Puts row r of x (rows, heads, head_dim) r rows behind what each head of `cache` keeps, which
/// ends `room` rows in front of the next head. Head h begins with the row begins[h]; begins
/// (heads + 1) is device memory.
inline void store_ragged(Device&, float* cache, const float* x, const int* begins, int room,
                         int rows, int heads, int head_dim) {
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      const size_t to = begins[head + 1] - room + row;
      std::copy_n(x + (static_cast<size_t>(row) * heads + head) * head_dim, head_dim,
                  cache + to * head_dim);
    }
  }
}
