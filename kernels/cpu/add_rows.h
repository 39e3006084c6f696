// Adds rows of a cache to others.
#pragma once

#include <cstddef>

#include "device.h"
#include "row_term.h"

/// rows[head][to] += weight * rows[head][from] for each of a head's terms, one after the other;
/// rows (heads, capacity, head_dim), terms (heads, count). One of weight 0 adds nothing.
inline void add_rows(Device&, float* rows, const RowTerm* terms, int heads, int count, int head_dim,
                     int capacity) {
  for (int head = 0; head < heads; ++head) {
    float* of_head = rows + static_cast<size_t>(head) * capacity * head_dim;
    for (size_t at = static_cast<size_t>(head) * count; at < (head + size_t{1}) * count; ++at) {
      const float weight = terms[at].weight;
      if (weight == 0.0f) continue;
      const float* source = of_head + static_cast<size_t>(terms[at].from) * head_dim;
      float* target = of_head + static_cast<size_t>(terms[at].to) * head_dim;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) target[i] += weight * source[i];
    }
  }
}
