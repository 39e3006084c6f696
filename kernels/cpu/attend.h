// Attention of queries over the cache.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "exp_float.h"

/// The first `count` of scores (length) become weights that add up to one, the others 0.
inline void softmax(float* scores, int count, int length) {
  const float largest = *std::max_element(scores, scores + count);
  float total = 0.0f;
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < count; ++i) {
    scores[i] = exp_float(scores[i] - largest);
    total += scores[i];
  }
  for (int i = 0; i < count; ++i) scores[i] /= total;
  std::fill(scores + count, scores + length, 0.0f);
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V. out and q (rows, heads,
/// head_dim); keys and values (kv_heads, capacity, head_dim), of which the first `length` rows are
/// filled. The queries are the newest of these: row r sees the first length - rows + r + 1. Query
/// head h reads key/value head h / (heads / kv_heads) (grouped-query attention: Ainslie et al.,
/// 2023).
inline void attend(Device&, float* out, const float* q, const float* keys, const float* values,
                   int rows, int heads, int kv_heads, int head_dim, int length, int capacity) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const int stride = heads * head_dim;  // from one row of out and q to the next
#pragma omp parallel for if (static_cast<size_t>(rows) * length * stride > 131072)
  for (int head = 0; head < heads; ++head) {
    const size_t kv = static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    const float* query = q + head * head_dim;
    float* mixed = out + head * head_dim;
    std::vector<float> weights(static_cast<size_t>(rows) * length);  // (rows, length)
    if (rows > 1) {                                                  // two matrix products
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, length, head_dim, scale, query,
                  stride, keys + kv, head_dim, 0.0f, weights.data(), length);
      for (int row = 0; row < rows; ++row) {
        softmax(&weights[static_cast<size_t>(row) * length], length - rows + row + 1, length);
      }
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, head_dim, length, 1.0f,
                  weights.data(), length, values + kv, head_dim, 0.0f, mixed, stride);
      continue;
    }
    for (int slot = 0; slot < length; ++slot) {
      const float* key = keys + kv + static_cast<size_t>(slot) * head_dim;
      float score = 0.0f;
#pragma omp simd reduction(+ : score) simdlen(8)
      for (int i = 0; i < head_dim; ++i) score += query[i] * key[i];
      weights[slot] = score * scale;
    }
    softmax(weights.data(), length, length);
    std::fill_n(mixed, head_dim, 0.0f);
    for (int slot = 0; slot < length; ++slot) {
      const float* value = values + kv + static_cast<size_t>(slot) * head_dim;
      const float weight = weights[slot];
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) mixed[i] += weight * value[i];
    }
  }
}
