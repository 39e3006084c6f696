// Takes chosen channels of the cache, of each head its own.
#pragma once

#include <cstddef>

#include "device.h"

/// out[head][row][i] = cache[head][row][channels[head][i]] for the first `rows` rows of each head;
/// out (heads, rows, count), cache (heads, capacity, head_dim), channels (heads, count).
inline void gather_channels(Device&, float* out, const float* cache, const int* channels, int heads,
                            int rows, int count, int head_dim, int capacity) {
#pragma omp parallel for if (static_cast<size_t>(heads) * rows * count > 131072)
  for (int head = 0; head < heads; ++head) {
    const int* of_head = channels + static_cast<size_t>(head) * count;
    for (int row = 0; row < rows; ++row) {
      const float* from = cache + (static_cast<size_t>(head) * capacity + row) * head_dim;
      float* to = out + (static_cast<size_t>(head) * rows + row) * count;
      for (int i = 0; i < count; ++i) to[i] = from[of_head[i]];
    }
  }
}
