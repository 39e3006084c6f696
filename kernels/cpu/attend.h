// Attention of queries over the cache.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "exp_float.h"

constexpr int kAttendBlock = 128;  // slots: their keys and values fit into the L2 cache of a core

/// Attention of the queries of one group to one block of slots, each key and value read once.
/// queries (group, head_dim), already scaled; keys and values (count, head_dim). partials (group,
/// stride): for each head the weighted sum of values (head_dim), the sum of the weights and the
/// largest score, which both are relative to. weights (group, kAttendBlock) is scratch.
inline void attend_block(float* partials, size_t stride, const float* queries, const float* keys,
                         const float* values, int group, int count, int head_dim, float* weights) {
  for (int slot = 0; slot < count; ++slot) {
    const float* key = keys + static_cast<size_t>(slot) * head_dim;
    for (int head = 0; head < group; ++head) {
      const float* query = queries + head * head_dim;
      float score = 0.0f;
#pragma omp simd reduction(+ : score)
      for (int i = 0; i < head_dim; ++i) score += query[i] * key[i];
      weights[head * kAttendBlock + slot] = score;
    }
  }
  for (int head = 0; head < group; ++head) {
    float* shares = weights + head * kAttendBlock;
    const float largest = *std::max_element(shares, shares + count);
    float total = 0.0f;
#pragma omp simd reduction(+ : total)
    for (int slot = 0; slot < count; ++slot) {
      shares[slot] = exp_float(shares[slot] - largest);
      total += shares[slot];
    }
    partials[head * stride + head_dim] = total;
    partials[head * stride + head_dim + 1] = largest;
  }
  for (int slot = 0; slot < count; ++slot) {
    const float* value = values + static_cast<size_t>(slot) * head_dim;
    for (int head = 0; head < group; ++head) {
      const float weight = weights[head * kAttendBlock + slot];
      float* mixed = partials + head * stride;
#pragma omp simd
      for (int i = 0; i < head_dim; ++i) mixed[i] += weight * value[i];
    }
  }
}

/// One query for each head. The cache is cut into blocks, so that the threads share the work
/// however few heads there are, and the blocks' softmaxes are merged at the end (Flash-Decoding:
/// Dao et al., 2023); parameters as for attend.
inline void attend_newest(float* out, const float* q, const float* keys, const float* values,
                          int heads, int kv_heads, int head_dim, int length, int capacity) {
  const int group = heads / kv_heads;
  const int blocks = (length + kAttendBlock - 1) / kAttendBlock;
  const size_t record = head_dim + 2, stride = blocks * record;  // partials (heads, blocks, record)
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  std::vector<float> queries(q, q + static_cast<size_t>(heads) * head_dim);
  for (float& value : queries) value *= scale;
  std::vector<float> partials(heads * stride, 0.0f);

#pragma omp parallel if (static_cast<size_t>(heads) * length * head_dim > 131072)
  {
    std::vector<float> weights(static_cast<size_t>(group) * kAttendBlock);
#pragma omp for collapse(2) schedule(static)
    for (int kv_head = 0; kv_head < kv_heads; ++kv_head) {
      for (int block = 0; block < blocks; ++block) {
        const int slot = block * kAttendBlock;
        const size_t offset = (static_cast<size_t>(kv_head) * capacity + slot) * head_dim;
        attend_block(&partials[kv_head * group * stride + block * record], stride,
                     &queries[static_cast<size_t>(kv_head) * group * head_dim], keys + offset,
                     values + offset, group, std::min(kAttendBlock, length - slot), head_dim,
                     weights.data());
      }
    }
  }

  for (int head = 0; head < heads; ++head) {
    const float* first = &partials[head * stride];
    float largest = -INFINITY, total = 0.0f;
    for (int block = 0; block < blocks; ++block) {
      largest = std::max(largest, first[block * record + head_dim + 1]);
    }
    float* mixed = out + static_cast<size_t>(head) * head_dim;
    std::fill(mixed, mixed + head_dim, 0.0f);
    for (int block = 0; block < blocks; ++block) {
      const float* partial = first + block * record;
      const float share = exp_float(partial[head_dim + 1] - largest);
      total += share * partial[head_dim];
      for (int i = 0; i < head_dim; ++i) mixed[i] += share * partial[i];
    }
    for (int i = 0; i < head_dim; ++i) mixed[i] /= total;
  }
}

/// Several queries for each head: two matrix products with a causal softmax between them;
/// parameters as for attend.
inline void attend_chunk(float* out, const float* q, const float* keys, const float* values,
                         int rows, int heads, int kv_heads, int head_dim, int length,
                         int capacity) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
#pragma omp parallel for schedule( \
        dynamic) if (static_cast<size_t>(rows) * heads * length * head_dim > 131072)
  for (int head = 0; head < heads; ++head) {
    const size_t offset = static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    std::vector<float> weights(static_cast<size_t>(rows) * length);  // (rows, length)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, length, head_dim, scale,
                q + head * head_dim, heads * head_dim, keys + offset, head_dim, 0.0f,
                weights.data(), length);
    for (int row = 0; row < rows; ++row) {
      float* scores = &weights[static_cast<size_t>(row) * length];
      const int seen = length - rows + row + 1;
      const float largest = *std::max_element(scores, scores + seen);
      float total = 0.0f;
#pragma omp simd reduction(+ : total)
      for (int slot = 0; slot < seen; ++slot) {
        scores[slot] = exp_float(scores[slot] - largest);
        total += scores[slot];
      }
      for (int slot = 0; slot < seen; ++slot) scores[slot] /= total;
      std::fill(scores + seen, scores + length, 0.0f);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, head_dim, length, 1.0f,
                weights.data(), length, values + offset, head_dim, 0.0f, out + head * head_dim,
                heads * head_dim);
  }
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, causal.
/// out and q (rows, heads, head_dim); keys and values (kv_heads, capacity, head_dim), of which the
/// first `length` rows of each head are filled. The queries are the newest rows of the cache: row r
/// sees the first length - rows + r + 1. Query head h reads key/value head h / (heads / kv_heads)
/// (grouped-query attention: Ainslie et al., 2023).
inline void attend(Device&, float* out, const float* q, const float* keys, const float* values,
                   int rows, int heads, int kv_heads, int head_dim, int length, int capacity) {
  if (rows == 1) {
    attend_newest(out, q, keys, values, heads, kv_heads, head_dim, length, capacity);
  } else {
    attend_chunk(out, q, keys, values, rows, heads, kv_heads, head_dim, length, capacity);
  }
}
