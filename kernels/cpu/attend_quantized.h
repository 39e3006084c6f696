// Attention of queries over a cache whose older tokens are quantized.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "device.h"
#include "exp_float.h"
#include "quantized_rows.h"

/// Tokens of one head, as many as a record has: keys by channel, (head_dim, group), and values,
/// (group, head_dim).
struct QuantizedBlock {
  std::vector<float> keys, values;

  explicit QuantizedBlock(const QuantizedFormat& format)
      : keys(static_cast<size_t>(format.group) * format.head_dim), values(keys.size()) {}

  void read_record(const uint32_t* run, const QuantizedFormat& format) {
    const int group = format.group, channels = format.channels();
    for (size_t i = 0; i < keys.size(); i += group, run += format.run_words(group)) {
      dequantize_run(&keys[i], run, group, format.bits);
    }
    for (size_t i = 0; i < values.size(); i += channels, run += format.run_words(channels)) {
      dequantize_run(&values[i], run, channels, format.bits);
    }
  }

  void read_rows(const float* key_rows, const float* value_rows, int rows,
                 const QuantizedFormat& format) {
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < format.head_dim; ++i) {
        keys[i * format.group + row] = key_rows[row * format.head_dim + i];
      }
    }
    std::copy_n(value_rows, static_cast<size_t>(rows) * format.head_dim, values.begin());
  }
};

/// One query's softmax, taken as tokens come (Milakov and Gimelshein, 2018).
struct RunningSoftmax {
  float largest = -INFINITY;  // score so far
  float total = 0.0f;         // of exp(score - largest)

  /// Adds `count` tokens, whose scores become weights, to the sum of values by weight, `mixed`.
  void add(float* mixed, float* scores, const float* values, int count, int head_dim) {
    const float before = largest;
    for (int i = 0; i < count; ++i) largest = std::max(largest, scores[i]);
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
    for (int i = 0; i < count; ++i) {
      const float* value = values + static_cast<size_t>(i) * head_dim;
      const float weight = scores[i];
#pragma omp simd
      for (int d = 0; d < head_dim; ++d) mixed[d] += weight * value[d];
    }
  }
};

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, as attend() has it: out and q
/// (rows, heads, head_dim), the queries the newest of the cache, which see what is older. Of the
/// quantized tokens one record at a time is dequantized, for all query heads that read it.
inline void attend_quantized(Device&, float* out, const float* q, int rows, int heads, int kv_heads,
                             const QuantizedRows& cache) {
  const QuantizedFormat& format = cache.format;
  const int head_dim = format.head_dim, group = heads / kv_heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const size_t work = static_cast<size_t>(rows) * cache.length * heads * head_dim;
#pragma omp parallel for if (work > 131072)
  for (int kv_head = 0; kv_head < kv_heads; ++kv_head) {
    QuantizedBlock block(format);
    std::vector<float> scores(format.group);
    std::vector<RunningSoftmax> softmax(static_cast<size_t>(rows) * group);
    const auto place = [&](int query) {  // of query / group's row and query % group's head
      const size_t head = static_cast<size_t>(query / group) * heads + kv_head * group;
      return (head + query % group) * head_dim;
    };
    for (int query = 0; query < rows * group; ++query) {
      std::fill_n(out + place(query), head_dim, 0.0f);
    }
    for (int first = 0; first < cache.length; first += format.group) {
      const int count = std::min(format.group, cache.length - first);
      if (first < cache.quantized) {
        const size_t record = static_cast<size_t>(first / format.group) * kv_heads + kv_head;
        block.read_record(cache.records + record * format.record_words(), format);
      } else {
        const size_t row = static_cast<size_t>(kv_head) * cache.capacity + first - cache.quantized;
        block.read_rows(cache.keys + row * head_dim, cache.values + row * head_dim, count, format);
      }
      for (int query = 0; query < rows * group; ++query) {
        const int seen = std::min(count, cache.length - rows + query / group + 1 - first);
        if (seen <= 0) continue;
        std::fill(scores.begin(), scores.end(), 0.0f);
        for (int i = 0; i < head_dim; ++i) {
          const float channel = q[place(query) + i] * scale;
          const float* keys = &block.keys[static_cast<size_t>(i) * format.group];
#pragma omp simd
          for (int token = 0; token < seen; ++token) scores[token] += channel * keys[token];
        }
        softmax[query].add(out + place(query), scores.data(), block.values.data(), seen, head_dim);
      }
    }
    for (int query = 0; query < rows * group; ++query) {
      for (int i = 0; i < head_dim; ++i) out[place(query) + i] /= softmax[query].total;
    }
  }
}
