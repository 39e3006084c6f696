// Adds values of a cache in blocks to others.
#pragma once

#include <cstddef>

#include "device.h"
#include "paged_rows.h"
#include "row_term.h"

/// As add_rows, of the values of a cache in blocks: from, to are slots; terms (kv_heads, count).
inline void add_paged_values(Device&, const PagedRows& cache, const RowTerm* terms, int count) {
  const int heads = cache.kv_heads, head_dim = cache.head_dim;
  for (int head = 0; head < heads; ++head) {
    for (size_t at = static_cast<size_t>(head) * count; at < (head + size_t{1}) * count; ++at) {
      const float weight = terms[at].weight;
      if (weight == 0.0f) continue;
      const float* source = cache.value(terms[at].from, head);
      float* target = cache.value(terms[at].to, head);
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) target[i] += weight * source[i];
    }
  }
}
