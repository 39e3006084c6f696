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
  float largest = -INFINITY, total = 0.0f;
#pragma omp simd reduction(max : largest)
  for (int i = 0; i < count; ++i) largest = std::max(largest, scores[i]);
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < count; ++i) {
    scores[i] = exp_float(scores[i] - largest);
    total += scores[i];
  }
  for (int i = 0; i < count; ++i) scores[i] /= total;
  std::fill(scores + count, scores + length, 0.0f);
}

/// scores[row][slot] = queries[row] keys[slot] * scale. Queries are `stride` apart and scores
/// `length`; keys (count, dim).
inline void score_keys(float* scores, const float* queries, int stride, const float* keys, int rows,
                       int count, int dim, int length, float scale) {
  if (rows > 1 && count > 0) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, count, dim, scale, queries, stride,
                keys, dim, 0.0f, scores, length);
    return;
  }
  for (int slot = 0; slot < count; ++slot) {
    const float* key = keys + static_cast<size_t>(slot) * dim;
    float score = 0.0f;
#pragma omp simd reduction(+ : score) simdlen(8)
    for (int i = 0; i < dim; ++i) score += queries[i] * key[i];
    scores[slot] = score * scale;
  }
}

/// out[row] = the sum of values by weights[row]; rows of out are `stride` apart, weights (rows,
/// count), values (count, dim).
inline void mix_values(float* out, const float* weights, const float* values, int rows, int count,
                       int dim, int stride) {
  if (rows > 1) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, dim, count, 1.0f, weights, count,
                values, dim, 0.0f, out, stride);
    return;
  }
  std::fill_n(out, dim, 0.0f);
  for (int slot = 0; slot < count; ++slot) {
    const float* value = values + static_cast<size_t>(slot) * dim;
    const float weight = weights[slot];
#pragma omp simd
    for (int i = 0; i < dim; ++i) out[i] += weight * value[i];
  }
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
    score_keys(weights.data(), query, stride, keys + kv, rows, length, head_dim, length, scale);
    for (int row = 0; row < rows; ++row) {
      softmax(&weights[static_cast<size_t>(row) * length], length - rows + row + 1, length);
    }
    mix_values(mixed, weights.data(), values + kv, rows, length, head_dim, stride);
  }
}
