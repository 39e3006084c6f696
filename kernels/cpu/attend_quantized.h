// Attention of queries over a cache whose older tokens are quantized.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "exp_float.h"
#include "lanes.h"
#include "quantized_rows.h"

/// Tokens of one head, not quantized: keys by channel, (head_dim, room), and values, (room,
/// head_dim).
struct QuantizedBlock {
  QuantizedFormat format;
  int room;  // tokens, a multiple of those of a record
  std::vector<float> keys, values;

  QuantizedBlock(const QuantizedFormat& format, int room)
      : format(format),
        room(room),
        keys(static_cast<size_t>(room) * format.head_dim),
        values(keys.size()) {}

  /// Reads a head's tokens from `first` on, as many as there are and fit; returns how many.
  int read(const QuantizedRows& cache, int kv_heads, int kv_head, int first) {
    const int end = std::min(first + room, cache.length);
    for (int slot = first; slot < end; slot += format.group) {
      if (slot < cache.quantized) {
        const size_t record = static_cast<size_t>(slot / format.group) * kv_heads + kv_head;
        read_record(slot - first, cache.records + record * format.record_words());
      } else {
        const size_t row = static_cast<size_t>(kv_head) * cache.capacity + slot - cache.quantized;
        const size_t from = row * format.head_dim;
        read_rows(slot - first, cache.keys + from, cache.values + from,
                  std::min(format.group, end - slot));
      }
    }
    return end - first;
  }

  void read_record(int to, const uint32_t* run) {
    const int group = format.group, channels = format.channels(), head_dim = format.head_dim;
    for (int i = 0; i < head_dim; ++i, run += format.run_words(group)) {
      dequantize_run(&keys[static_cast<size_t>(i) * room + to], run, group, format.bits);
    }
    for (int i = 0; i < group * head_dim; i += channels, run += format.run_words(channels)) {
      dequantize_run(&values[static_cast<size_t>(to) * head_dim + i], run, channels, format.bits);
    }
  }

  void read_rows(int to, const float* key_rows, const float* value_rows, int rows) {
    const int head_dim = format.head_dim;
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < head_dim; ++i) {
        keys[static_cast<size_t>(i) * room + to + row] = key_rows[row * head_dim + i];
      }
    }
    std::copy_n(value_rows, static_cast<size_t>(rows) * head_dim,
                values.begin() + static_cast<size_t>(to) * head_dim);
  }
};

/// One query's softmax, taken as tokens come (Milakov and Gimelshein, 2018).
struct RunningSoftmax {
  float largest = -INFINITY;  // score so far
  float total = 0.0f;         // of exp(score - largest)

  /// Makes weights of `count` more scores, and brings `mixed`, the sum of values by weight so far,
  /// to where they count alike.
  void add(float* mixed, float* scores, int count, int head_dim) {
    const float before = largest;
    largest = std::max(largest, largest_of(scores, count));
    const float keep = before == largest ? 1.0f : exp_float(before - largest);
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < count; ++i) {
      scores[i] = exp_float(scores[i] - largest);
      sum += scores[i];
    }
    total = total * keep + sum;
#pragma omp simd
    for (int d = 0; d < head_dim; ++d) mixed[d] *= keep;
  }
};

/// The queries of one head, and what they have found so far.
struct HeadQueries {
  const float* queries;     // rows, `stride` apart, of head_dim
  float* mixed;             // as queries: the sums of values by weight
  RunningSoftmax* softmax;  // (rows)
  int rows, stride;
  float scale;

  /// Tokens that `row` sees of `count`, of which the first row sees `seen`.
  int sees(int row, int count, int seen) const { return std::clamp(seen + row, 0, count); }
};

/// Goes on with `count` tokens, query by query.
inline void attend_one_by_one(const HeadQueries& head, const QuantizedBlock& block, int count,
                              int seen, float* scores) {
  const int head_dim = block.format.head_dim;
  for (int row = 0; row < head.rows; ++row) {
    const int tokens = head.sees(row, count, seen);
    if (tokens == 0) continue;
    const float* query = head.queries + static_cast<size_t>(row) * head.stride;
    float* mixed = head.mixed + static_cast<size_t>(row) * head.stride;
    const float* keys = block.keys.data();
    std::fill_n(scores, tokens, 0.0f);
    for (int i = 0; i < head_dim; ++i, keys += block.room) {
      const float channel = query[i] * head.scale;
#pragma omp simd
      for (int token = 0; token < tokens; ++token) scores[token] += channel * keys[token];
    }
    head.softmax[row].add(mixed, scores, tokens, head_dim);
    for (int token = 0; token < tokens; ++token) {
      const float* value = &block.values[static_cast<size_t>(token) * head_dim];
      const float weight = scores[token];
#pragma omp simd
      for (int d = 0; d < head_dim; ++d) mixed[d] += weight * value[d];
    }
  }
}

/// The same of all queries at once: two matrix products. scores (rows, count).
inline void attend_at_once(const HeadQueries& head, const QuantizedBlock& block, int count,
                           int seen, float* scores) {
  const int head_dim = block.format.head_dim;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, head.rows, count, head_dim, head.scale,
              head.queries, head.stride, block.keys.data(), block.room, 0.0f, scores, count);
  for (int row = 0; row < head.rows; ++row) {
    const int tokens = head.sees(row, count, seen);
    float* of_row = scores + static_cast<size_t>(row) * count;
    float* mixed = head.mixed + static_cast<size_t>(row) * head.stride;
    if (tokens > 0) head.softmax[row].add(mixed, of_row, tokens, head_dim);
    std::fill(of_row + tokens, of_row + count, 0.0f);
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, head.rows, head_dim, count, 1.0f, scores,
              count, block.values.data(), head_dim, 1.0f, head.mixed, head.stride);
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, as attend() has it: out and q
/// (rows, heads, head_dim), the queries the newest of the cache, which see what is older. Of the
/// quantized tokens a block at a time is dequantized, for all query heads that read it.
inline void attend_quantized(Device&, float* out, const float* q, int rows, int heads, int kv_heads,
                             const QuantizedRows& cache) {
  const QuantizedFormat& format = cache.format;
  const int head_dim = format.head_dim, group = heads / kv_heads, stride = heads * head_dim;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const int room = std::max(1, 256 / format.group) * format.group;  // whole records
#pragma omp parallel for if (static_cast<size_t>(rows) * cache.length * stride > 131072)
  for (int kv_head = 0; kv_head < kv_heads; ++kv_head) {
    QuantizedBlock block(format, room);
    std::vector<float> scores(static_cast<size_t>(rows) * room);
    std::vector<RunningSoftmax> softmax(static_cast<size_t>(group) * rows);
    std::vector<HeadQueries> queries;
    for (int head = 0; head < group; ++head) {
      const size_t place = (static_cast<size_t>(kv_head) * group + head) * head_dim;
      queries.push_back({q + place, out + place, &softmax[static_cast<size_t>(head) * rows], rows,
                         stride, scale});
      for (int row = 0; row < rows; ++row) {
        std::fill_n(out + place + static_cast<size_t>(row) * stride, head_dim, 0.0f);
      }
    }
    for (int first = 0; first < cache.length; first += room) {
      const int count = block.read(cache, kv_heads, kv_head, first);
      const int seen = cache.length - rows + 1 - first;
      for (const HeadQueries& head : queries) {
        if (rows > 5) {  // below, a product costs more to prepare than it gains
          attend_at_once(head, block, count, seen, scores.data());
        } else {
          attend_one_by_one(head, block, count, seen, scores.data());
        }
      }
    }
    for (const HeadQueries& head : queries) {
      for (int row = 0; row < rows; ++row) {
        float* mixed = head.mixed + static_cast<size_t>(row) * stride;
        for (int i = 0; i < head_dim; ++i) mixed[i] /= head.softmax[row].total;
      }
    }
  }
}
