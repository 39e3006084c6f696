// Attention of queries over a cache that lies in blocks.
#pragma once

#include <cblas.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"
#include "paged_rows.h"

/// Slots from this one on that lie in its block.
inline int slots_in_block(const PagedRows& cache, int slot) {
  const int row = (cache.first + slot) % cache.block;
  return std::min(cache.block - row, cache.length - slot);
}

/// One query of each of the heads [begin, end), over all slots; weights (heads, length). Block by
/// block, in the order in which they lie: head by head would jump from block to block, which halves
/// the bandwidth. Heads that read the same keys do so together, as in attend().
inline void attend_paged_row(float* out, float* weights, const float* q, const PagedRows& cache,
                             int begin, int end, int group) {
  const int head_dim = cache.head_dim, length = cache.length;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const auto for_parts = [&](const auto& work) {  // of heads, block by block
    for (int slot = 0, count = 0; slot < length; slot += count) {
      count = slots_in_block(cache, slot);
      for (int head = begin, next = 0; head < end; head = next) {
        next = std::min({end, head + 4, (head / group + 1) * group});
        work(slot, count, head, next - head, weights + static_cast<size_t>(head) * length + slot);
      }
    }
  };
  for_parts([&](int slot, int count, int head, int heads, float* scores) {
    score_keys(scores, q + head * head_dim, head_dim, cache.key(slot, head / group), heads, count,
               head_dim, length, scale);
  });
  for (int head = begin; head < end; ++head) {
    softmax(weights + static_cast<size_t>(head) * length, length, length);
  }
  std::fill(out + begin * head_dim, out + end * head_dim, 0.0f);
  for_parts([&](int slot, int count, int head, int heads, const float* of_slots) {
    add_values(out + head * head_dim, head_dim, of_slots, cache.value(slot, head / group), heads,
               count, head_dim, length);
  });
}

/// Several queries of one head: two matrix products with each block. Returns the weights (rows,
/// length).
inline std::vector<float> attend_paged_rows(float* out, const float* q, const PagedRows& cache,
                                            int rows, int stride, int kv_head) {
  const int head_dim = cache.head_dim, length = cache.length;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  std::vector<float> weights(static_cast<size_t>(rows) * length);
  for (int slot = 0, count = 0; slot < length; slot += count) {
    count = slots_in_block(cache, slot);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, count, head_dim, scale, q, stride,
                cache.key(slot, kv_head), head_dim, 0.0f, &weights[slot], length);
  }
  for (int row = 0; row < rows; ++row) {
    softmax(&weights[static_cast<size_t>(row) * length], length - rows + row + 1, length);
  }
  for (int slot = 0, count = 0; slot < length; slot += count) {
    count = slots_in_block(cache, slot);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, head_dim, count, 1.0f,
                &weights[slot], length, cache.value(slot, kv_head), head_dim,
                slot == 0 ? 0.0f : 1.0f, out, stride);
  }
  return weights;
}

/// attend(), over rows in blocks.
inline void attend_paged(Device&, float* out, const float* q, int rows, int heads,
                         const PagedRows& cache) {
  const int group = heads / cache.kv_heads, stride = heads * cache.head_dim;
  const bool is_large = static_cast<size_t>(rows) * cache.length * stride > 131072;
  const int parts = rows > 1 ? heads : is_large ? std::min(omp_get_max_threads(), heads) : 1;
  std::vector<float> weights(rows > 1 ? 0 : static_cast<size_t>(heads) * cache.length);
#pragma omp parallel for if (is_large)
  for (int part = 0; part < parts; ++part) {
    if (rows > 1) {
      attend_paged_rows(out + part * cache.head_dim, q + part * cache.head_dim, cache, rows, stride,
                        part / group);
    } else {
      attend_paged_row(out, weights.data(), q, cache, heads * part / parts,
                       heads * (part + 1) / parts, group);
    }
  }
}
