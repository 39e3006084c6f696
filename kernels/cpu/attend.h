// Attention of queries over the cache.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "exp_float.h"

/// Scores (count) become weights that add up to one.
inline void softmax(float* scores, int count) {
  const float largest = *std::max_element(scores, scores + count);
  float total = 0.0f;
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < count; ++i) {
    scores[i] = exp_float(scores[i] - largest);
    total += scores[i];
  }
  for (int i = 0; i < count; ++i) scores[i] /= total;
}

/// One query of a head; out and q (head_dim), keys and values (length, head_dim).
inline void attend_newest(float* out, const float* q, const float* keys, const float* values,
                          int head_dim, int length) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  std::vector<float> weights(length);
  for (int slot = 0; slot < length; ++slot) {
    const float* key = keys + static_cast<size_t>(slot) * head_dim;
    float score = 0.0f;
#pragma omp simd reduction(+ : score) simdlen(8)
    for (int i = 0; i < head_dim; ++i) score += q[i] * key[i];
    weights[slot] = score * scale;
  }
  softmax(weights.data(), length);
  std::fill_n(out, head_dim, 0.0f);
  for (int slot = 0; slot < length; ++slot) {
    const float* value = values + static_cast<size_t>(slot) * head_dim;
    const float weight = weights[slot];
#pragma omp simd
    for (int i = 0; i < head_dim; ++i) out[i] += weight * value[i];
  }
}

/// Several queries of a head, as two matrix products; out and q (rows, head_dim) with `stride`
/// floats from row to row, keys and values (length, head_dim).
inline void attend_chunk(float* out, const float* q, const float* keys, const float* values,
                         int rows, int stride, int head_dim, int length) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  std::vector<float> weights(static_cast<size_t>(rows) * length);  // (rows, length)
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, length, head_dim, scale, q, stride,
              keys, head_dim, 0.0f, weights.data(), length);
  for (int row = 0; row < rows; ++row) {
    float* scores = &weights[static_cast<size_t>(row) * length];
    const int seen = length - rows + row + 1;
    softmax(scores, seen);
    std::fill(scores + seen, scores + length, 0.0f);
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, head_dim, length, 1.0f,
              weights.data(), length, values, head_dim, 0.0f, out, stride);
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, causal.
/// out and q (rows, heads, head_dim); keys and values (kv_heads, capacity, head_dim), of which the
/// first `length` rows of each head are filled. The queries are the newest rows of the cache: row r
/// sees the first length - rows + r + 1. Query head h reads key/value head h / (heads / kv_heads)
/// (grouped-query attention: Ainslie et al., 2023).
inline void attend(Device&, float* out, const float* q, const float* keys, const float* values,
                   int rows, int heads, int kv_heads, int head_dim, int length, int capacity) {
#pragma omp parallel for if (static_cast<size_t>(rows) * heads * length * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const size_t kv = static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    const size_t at = static_cast<size_t>(head) * head_dim;
    if (rows == 1) {
      attend_newest(out + at, q + at, keys + kv, values + kv, head_dim, length);
    } else {
      attend_chunk(out + at, q + at, keys + kv, values + kv, rows, heads * head_dim, head_dim,
                   length);
    }
  }
}
