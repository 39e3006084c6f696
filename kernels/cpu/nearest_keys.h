// Which of some keys points where another one does.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "lanes.h"

/// For each row of `others`, of which each head has `count`: the one of its head's `kept` rows
/// whose key has the largest cosine with its own, of equals the first, and that cosine. keys
/// (heads, capacity, head_dim), kept (heads, kept_count), the rest (heads, count). A key of norm 0
/// has cosine 0.
inline void nearest_keys(Device&, int* nearest, float* cosines, const float* keys, const int* kept,
                         const int* others, int heads, int kept_count, int count, int head_dim,
                         int capacity) {
  const int block = 256;  // of the others, for each product of matrices
#pragma omp parallel for if (static_cast<size_t>(heads) * count * kept_count * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const auto unit_rows = [&](const int* rows, int row_count, std::vector<float>& out) {
      for (int i = 0; i < row_count; ++i) {
        const float* key = keys + (static_cast<size_t>(head) * capacity + rows[i]) * head_dim;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum) simdlen(8)
        for (int d = 0; d < head_dim; ++d) sum += key[d] * key[d];
        const float norm = std::max(std::sqrt(sum), 1e-6f);
        for (int d = 0; d < head_dim; ++d) out[i * head_dim + d] = key[d] / norm;
      }
    };
    std::vector<float> targets(static_cast<size_t>(kept_count) * head_dim);
    std::vector<float> sources(static_cast<size_t>(block) * head_dim);
    std::vector<float> products(static_cast<size_t>(block) * kept_count);
    unit_rows(kept + static_cast<size_t>(head) * kept_count, kept_count, targets);
    for (int first = 0; first < count; first += block) {
      const int rows = std::min(block, count - first);
      const size_t at = static_cast<size_t>(head) * count + first;
      unit_rows(others + at, rows, sources);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, kept_count, head_dim, 1.0f,
                  sources.data(), head_dim, targets.data(), head_dim, 0.0f, products.data(),
                  kept_count);
      for (int i = 0; i < rows; ++i) {
        const float* of_row = &products[static_cast<size_t>(i) * kept_count];
        const float largest = largest_of(of_row, kept_count);
        const int where = first_place(of_row, kept_count, largest);
        nearest[at + i] = kept[static_cast<size_t>(head) * kept_count + where];
        cosines[at + i] = largest;
      }
    }
  }
}
