// Puts a row of a cache in blocks in the place of others, of each head its own.
#pragma once

#include <algorithm>

#include "device.h"
#include "paged_rows.h"

/// Keys and values of slot rows[head] become those of slot `from`; rows (kv_heads).
inline void replace_paged_rows(Device&, const PagedRows& cache, const int* rows, int from) {
  for (int head = 0; head < cache.kv_heads; ++head) {
    if (rows[head] == from) continue;
    std::copy_n(cache.key(from, head), cache.head_dim, cache.key(rows[head], head));
    std::copy_n(cache.value(from, head), cache.head_dim, cache.value(rows[head], head));
  }
}
