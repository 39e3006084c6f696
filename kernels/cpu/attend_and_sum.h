// Attention of queries over the cache, and how much of it each token is given.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"

/// Adds the rows (count, length) to sums (length).
inline void add_rows_to(float* sums, const float* rows, int count, int length) {
  for (int row = 0; row < count; ++row) {
    const float* of_row = rows + static_cast<size_t>(row) * length;
#pragma omp simd
    for (int i = 0; i < length; ++i) sums[i] += of_row[i];
  }
}

/// attend(), with the same shapes, which also adds up the weights over the query heads that read a
/// key/value head: newest[kv_head][slot] += those of the last row, and others[kv_head][slot] +=
/// those of the rows in front of it; both (kv_heads, length). Of one row there are no others.
inline void attend_and_sum(Device&, float* out, float* newest, float* others, const float* q,
                           const float* keys, const float* values, int rows, int heads,
                           int kv_heads, int head_dim, int length, int capacity) {
  const int stride = (rows > 1 ? heads : 1) * head_dim;
  const int parts = parts_of_heads(rows, heads, kv_heads), group = parts / kv_heads;
  const int before = rows > 1 ? rows - 1 : 0;  // rows in front of the last
  // Parts of one key/value head make sums of their own, which are added up at the end.
  const size_t size = group > 1 ? static_cast<size_t>(parts) * length : 0;
  std::vector<float> own_newest(size), own_others(before > 0 ? size : 0);
  float* last = group > 1 ? own_newest.data() : newest;  // (parts, length)
  float* earlier = group > 1 ? own_others.data() : others;
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int part = 0; part < parts; ++part) {
    const int head = heads * part / parts, next = heads * (part + 1) / parts;
    const int count = rows > 1 ? rows : next - head;
    const size_t kv = static_cast<size_t>(part / group) * capacity * head_dim;
    std::vector<float> weights(static_cast<size_t>(count) * length);
    attend_part(out + head * head_dim, weights.data(), q + head * head_dim, stride, count, rows > 1,
                keys + kv, values + kv, head_dim, length);
    const size_t to = static_cast<size_t>(part) * length;
    add_rows_to(last + to, &weights[static_cast<size_t>(before) * length], count - before, length);
    if (before > 0) add_rows_to(earlier + to, weights.data(), before, length);
  }
  for (int kv_head = 0; kv_head < kv_heads && group > 1; ++kv_head) {
    const size_t to = static_cast<size_t>(kv_head) * length;
    add_rows_to(newest + to, &own_newest[to * group], group, length);
    if (before > 0) add_rows_to(others + to, &own_others[to * group], group, length);
  }
}
