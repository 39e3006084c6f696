// Attention of queries over the cache.
#pragma once

#include <cblas.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#include "device.h"
#include "exp_float.h"
#include "lanes.h"

constexpr int kReadAhead = 256;  // floats: how far in front of what is used memory is asked

/// The first `count` of scores (length) become weights that add up to one, the others 0.
inline void softmax(float* scores, int count, int length) {
  const float largest = largest_of(scores, count);
  float total = 0.0f;
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < count; ++i) {
    scores[i] = exp_float(scores[i] - largest);
    total += scores[i];
  }
  const float share = 1.0f / total;
  for (int i = 0; i < count; ++i) scores[i] *= share;
  std::fill(scores + count, scores + length, 0.0f);
}

/// score_keys() of few rows: each key is read once for all of them, and those behind it are asked
/// for meanwhile.
template <int kRows>
inline void score_keys_of(float* scores, const float* queries, int stride, const float* keys,
                          int count, int dim, int length, float scale) {
  for (int slot = 0; slot < count; ++slot) {
    const float* key = keys + static_cast<size_t>(slot) * dim;
    for (int i = 0; i < dim; i += 16) __builtin_prefetch(key + i + kReadAhead);
    Lanes sums[kRows] = {};
    int i = 0;
    for (; i + kLanes <= dim; i += kLanes) {
      Lanes of_key, of_query;
      std::memcpy(&of_key, key + i, sizeof(Lanes));
      for (int row = 0; row < kRows; ++row) {
        std::memcpy(&of_query, queries + row * stride + i, sizeof(Lanes));
        sums[row] += of_query * of_key;
      }
    }
    for (int row = 0; row < kRows; ++row) {
      float score = sum_of(sums[row]);
      if (i < dim) [[unlikely]] {  // channels that fill no lanes
        for (int rest = i; rest < dim; ++rest) score += queries[row * stride + rest] * key[rest];
      }
      scores[static_cast<size_t>(row) * length + slot] = score * scale;
    }
  }
}

/// scores[row][slot] = queries[row] keys[slot] * scale. Queries are `stride` apart and scores
/// `length`; keys (count, dim).
inline void score_keys(float* scores, const float* queries, int stride, const float* keys, int rows,
                       int count, int dim, int length, float scale) {
  switch (rows) {
    case 1:
      return score_keys_of<1>(scores, queries, stride, keys, count, dim, length, scale);
    case 2:
      return score_keys_of<2>(scores, queries, stride, keys, count, dim, length, scale);
    case 3:
      return score_keys_of<3>(scores, queries, stride, keys, count, dim, length, scale);
    case 4:
      return score_keys_of<4>(scores, queries, stride, keys, count, dim, length, scale);
  }
  if (count == 0) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, count, dim, scale, queries, stride,
              keys, dim, 0.0f, scores, length);
}

/// out[row] += the sum of values by weights[row], for few rows: each value is read once for all of
/// them, four at a time. Rows of out are `stride` apart and weights `length`; values (count, dim).
inline void add_values(float* out, int stride, const float* weights, const float* values, int rows,
                       int count, int dim, int length) {
  int slot = 0;
  for (; slot + 4 <= count; slot += 4) {
    const float* value = values + static_cast<size_t>(slot) * dim;
    for (int i = 0; i < 4 * dim; i += 16) __builtin_prefetch(value + i + kReadAhead);
    for (int row = 0; row < rows; ++row) {
      const float* weight = weights + static_cast<size_t>(row) * length + slot;
      const float a = weight[0], b = weight[1], c = weight[2], d = weight[3];
      float* mixed = out + row * stride;
#pragma omp simd
      for (int i = 0; i < dim; ++i) {
        mixed[i] = mixed[i] + a * value[i] + b * value[dim + i] + c * value[2 * dim + i] +
                   d * value[3 * dim + i];
      }
    }
  }
  for (; slot < count; ++slot) {
    const float* value = values + static_cast<size_t>(slot) * dim;
    for (int row = 0; row < rows; ++row) {
      const float weight = weights[static_cast<size_t>(row) * length + slot];
      float* mixed = out + row * stride;
#pragma omp simd
      for (int i = 0; i < dim; ++i) mixed[i] += weight * value[i];
    }
  }
}

/// out[row] = the sum of values by weights[row]; rows of out are `stride` apart, weights (rows,
/// count), values (count, dim).
inline void mix_values(float* out, const float* weights, const float* values, int rows, int count,
                       int dim, int stride) {
  if (rows > 4) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, dim, count, 1.0f, weights, count,
                values, dim, 0.0f, out, stride);
    return;
  }
  for (int row = 0; row < rows; ++row) std::fill_n(out + row * stride, dim, 0.0f);
  add_values(out, stride, weights, values, rows, count, dim, count);
}

/// Attention of `count` queries that read the keys of one head: rows of q and out, `stride` apart.
/// Each sees all `length` of them, or if they are `causal`, the newest of the cache, all up to its
/// own. weights (count, length) are left as they were used.
inline void attend_part(float* out, float* weights, const float* q, int stride, int count,
                        bool causal, const float* keys, const float* values, int head_dim,
                        int length) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  score_keys(weights, q, stride, keys, count, length, head_dim, length, scale);
  for (int i = 0; i < count; ++i) {
    const int seen = causal ? length - count + i + 1 : length;
    softmax(weights + static_cast<size_t>(i) * length, seen, length);
  }
  mix_values(out, weights, values, count, length, head_dim, stride);
}

/// In how many parts attend() shares out its heads. Of one row, up to four heads that read the same
/// keys are one part, as far as no thread is idle then.
inline int parts_of_heads(int rows, int heads, int kv_heads) {
  const int group = heads / kv_heads;
  if (rows > 1) return heads;
  const int busy = (omp_get_max_threads() + kv_heads - 1) / kv_heads;
  return kv_heads * std::min(group, std::max((group + 3) / 4, busy));
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V. out and q (rows, heads,
/// head_dim); keys and values (kv_heads, capacity, head_dim), of which the first `length` rows are
/// filled. The queries are the newest of these: row r sees the first length - rows + r + 1. Query
/// head h reads key/value head h / (heads / kv_heads) (grouped-query attention: Ainslie et al.,
/// 2023).
inline void attend(Device&, float* out, const float* q, const float* keys, const float* values,
                   int rows, int heads, int kv_heads, int head_dim, int length, int capacity) {
  const int stride = (rows > 1 ? heads : 1) * head_dim;
  const int parts = parts_of_heads(rows, heads, kv_heads);
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int part = 0; part < parts; ++part) {
    const int head = heads * part / parts, behind = heads * (part + 1) / parts;
    const int count = rows > 1 ? rows : behind - head;
    const size_t kv = static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    std::vector<float> weights(static_cast<size_t>(count) * length);
    attend_part(out + head * head_dim, weights.data(), q + head * head_dim, stride, count, rows > 1,
                keys + kv, values + kv, head_dim, length);
  }
}
