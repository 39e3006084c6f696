// Attention of queries over a cache whose older keys have fewer channels.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"
#include "narrow_rows.h"

/// As attend(): out and q (rows, heads, head_dim), the queries the newest of the cache. What a
/// narrow key has no channel of counts as 0.
inline void attend_narrow(Device&, float* out, const float* q, int rows, int heads, int kv_heads,
                          int head_dim, const NarrowRows& cache) {
  const int narrow = cache.narrow, channels = cache.channels, length = cache.length;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const int stride = heads * head_dim;  // from one row of out and q to the next
#pragma omp parallel for if (static_cast<size_t>(rows) * length * stride > 131072)
  for (int head = 0; head < heads; ++head) {
    const size_t kv_head = head / (heads / kv_heads);
    const float* query = q + head * head_dim;
    float* mixed = out + head * head_dim;
    std::vector<float> narrow_queries(static_cast<size_t>(rows) * channels);
    for (size_t i = 0; i < narrow_queries.size(); ++i) {
      narrow_queries[i] =
          query[i / channels * stride + cache.kept[kv_head * channels + i % channels]];
    }
    std::vector<float> weights(static_cast<size_t>(rows) * length);  // (rows, length)
    score_keys(weights.data(), narrow_queries.data(), channels,
               cache.narrow_keys + kv_head * narrow * channels, rows, narrow, channels, length,
               scale);
    score_keys(weights.data() + narrow, query, stride,
               cache.keys + kv_head * (cache.capacity - narrow) * head_dim, rows, length - narrow,
               head_dim, length, scale);
    for (int row = 0; row < rows; ++row) {
      softmax(&weights[static_cast<size_t>(row) * length], length - rows + row + 1, length);
    }
    const float* values = cache.values + kv_head * cache.capacity * head_dim;
    mix_values(mixed, weights.data(), values, rows, length, head_dim, stride);
  }
}
