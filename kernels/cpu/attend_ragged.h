// Attention of queries over a cache whose heads keep different numbers of tokens.
#pragma once

#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"
#include "move_rows.h"

/// As attend(), over a cache in which key/value head h keeps at least `rows` tokens of its own: the
/// rows [begins[h], begins[h + 1] - room) of keys and values. begins (kv_heads + 1) is device
/// memory; keys and values (begins[kv_heads], head_dim).
inline void attend_ragged(Device& device, float* out, const float* q, const float* keys,
                          const float* values, const int* begins, int room, int rows, int heads,
                          int kv_heads, int head_dim) {
  const int group = heads / kv_heads;
  const size_t products = static_cast<size_t>(rows) * begins[kv_heads] * group * head_dim;
#pragma omp parallel for if (products > 131072)
  for (int head = 0; head < heads; ++head) {
    const int begin = begins[head / group], length = begins[head / group + 1] - begin - room;
    const size_t from = static_cast<size_t>(begin) * head_dim;
    std::vector<float> queries(static_cast<size_t>(rows) * head_dim), mixed(queries.size());
    move_rows(device, queries.data(), q + head * head_dim, rows, 1, head_dim, 1, heads);
    attend(device, mixed.data(), queries.data(), keys + from, values + from, rows, 1, 1, head_dim,
           length, length);
    move_rows(device, out + head * head_dim, mixed.data(), rows, 1, head_dim, heads, 1);
  }
}
