// Keeps chosen rows of a cache in blocks, of each head its own.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device.h"
#include "paged_rows.h"

/// Keys and values of slot same + i become those of slot rows[head][i] for i below `count`, in
/// place; rows (kv_heads, count), of each head in ascending order, from `same` on.
inline void gather_paged_rows(Device&, const PagedRows& cache, const int* rows, int same,
                              int count) {
  const int heads = cache.kv_heads, head_dim = cache.head_dim;
#pragma omp parallel for if (static_cast<size_t>(heads) * count * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    for (int i = 0; i < count; ++i) {
      const int from = rows[static_cast<size_t>(head) * count + i], to = same + i;
      if (from == to) continue;
      std::copy_n(cache.key(from, head), head_dim, cache.key(to, head));
      std::copy_n(cache.value(from, head), head_dim, cache.value(to, head));
    }
  }
}
