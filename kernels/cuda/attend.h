// Attention of queries over the cache.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "device.h"

/// The scores of keys first, ..., first + 3, in every lane of the warp alike; -inf from `end` on.
/// `keys` begins at the lane's first channel of key 0; `query` holds the lane's channels, scaled.
template <int chunks>
__device__ void attend_score(float (&scores)[4], const float (&query)[chunks], const float* keys,
                             int first, int end, int head_dim, int lane) {
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    const float* key = keys + static_cast<size_t>(min(first + k, end - 1)) * head_dim;
    scores[k] = 0.0f;
    for (int i = 0; i < chunks; ++i) {
      if (lane + 32 * i < head_dim) scores[k] += query[i] * key[32 * i];
    }
  }
  for (int step = 16; step > 0; step /= 2) {
#pragma unroll
    for (int k = 0; k < 4; ++k) scores[k] += __shfl_xor_sync(0xffffffffu, scores[k], step);
  }
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    if (first + k >= end) scores[k] = -INFINITY;
  }
}

/// One warp per part of the cache, row and query head; a lane holds every 32nd channel, `chunks` of
/// them. Warps that share a key/value head and a part are neighbours, so that all but the first of
/// a block find the keys and values in its L1 cache. Softmax is online (Milakov and Gimelshein,
/// 2018), four keys at a time so that their loads and sums overlap.
/// With one part the warp writes out. With more it writes partials (rows, heads, parts,
/// head_dim + 2): the sum of values by weight, the largest score, and the sum of weights.
template <int chunks>
__global__ void attend_part(float* out, float* partials, const float* q, const float* keys,
                            const float* values, int rows, int heads, int kv_heads, int head_dim,
                            int length, int capacity, int parts) {
  const int group = heads / kv_heads;
  const int warp = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= rows * heads * parts) return;
  const int row = warp / group % rows;
  const int part = warp / (group * rows) % parts;
  const int kv_head = warp / (group * rows * parts);
  const int head = kv_head * group + warp % group;

  const int share = (length + parts - 1) / parts;
  const int begin = part * share;
  const int end = min(begin + share, length - rows + row + 1);
  const size_t query_row = static_cast<size_t>(row) * heads + head;
  const size_t offset = static_cast<size_t>(kv_head) * capacity * head_dim + lane;

  const float scale = 1.0f / sqrtf(static_cast<float>(head_dim));
  float query[chunks] = {};
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) query[i] = q[query_row * head_dim + lane + 32 * i] * scale;
  }
  float mixed[chunks] = {};  // the sum of values by weight
  float largest = -INFINITY, total = 0.0f;
  for (int first = begin; first < end; first += 4) {
    float scores[4];
    attend_score(scores, query, keys + offset, first, end, head_dim, lane);
    const float before = largest;  // what is summed so far has this score's weight
    for (const float score : scores) largest = fmaxf(largest, score);
    const float keep = expf(before - largest);
    total *= keep;
    for (int i = 0; i < chunks; ++i) mixed[i] *= keep;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const float* value =
          values + offset + static_cast<size_t>(min(first + k, end - 1)) * head_dim;
      const float weight = expf(scores[k] - largest);
      total += weight;
      for (int i = 0; i < chunks; ++i) {
        if (lane + 32 * i < head_dim) mixed[i] += weight * value[32 * i];
      }
    }
  }

  float* result = parts == 1 ? out + query_row * head_dim
                             : partials + (query_row * parts + part) * (head_dim + 2);
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) result[lane + 32 * i] = parts == 1 ? mixed[i] / total : mixed[i];
  }
  if (parts > 1 && lane == 0) {
    result[head_dim] = largest;
    result[head_dim + 1] = total;
  }
}

/// One block per row and query head, one thread per channel: brings the parts' sums to the weights
/// of the largest score of all. A part of which a row sees nothing has weight exp(-inf) = 0.
__global__ void attend_merge(float* out, const float* partials, int head_dim, int parts) {
  const int stride = head_dim + 2;
  const float* row_partials = partials + static_cast<size_t>(blockIdx.x) * parts * stride;
  const int channel = static_cast<int>(threadIdx.x);
  if (channel >= head_dim) return;
  float largest = -INFINITY;
  for (int part = 0; part < parts; ++part) {
    largest = fmaxf(largest, row_partials[part * stride + head_dim]);
  }
  float total = 0.0f, mixed = 0.0f;
  for (int part = 0; part < parts; ++part) {
    const float* partial = row_partials + part * stride;
    const float weight = expf(partial[head_dim] - largest);
    total += weight * partial[head_dim + 1];
    mixed += weight * partial[channel];
  }
  out[static_cast<size_t>(blockIdx.x) * head_dim + channel] = mixed / total;
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, causal.
/// out and q (rows, heads, head_dim); keys and values (kv_heads, capacity, head_dim), of which the
/// first `length` rows of each head are filled. The queries are the newest rows of the cache: row r
/// sees the first length - rows + r + 1. Query head h reads key/value head h / (heads / kv_heads)
/// (grouped-query attention: Ainslie et al., 2023). head_dim is at most 256.
///
/// A single row has too few heads to fill a GPU. Its cache is therefore cut into parts of at least
/// 64 keys, as many as make 16 warps for each multiprocessor, and the parts' results are merged
/// (Flash-Decoding: Dao et al., 2023).
inline void attend(Device& device, float* out, const float* q, const float* keys,
                   const float* values, int rows, int heads, int kv_heads, int head_dim, int length,
                   int capacity) {
  if (rows == 0) return;
  if (head_dim > 256) {
    throw std::runtime_error("attend: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, std::min(warps_wanted / (rows * heads), length / 64));
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_part<2>
                    : head_dim <= 128 ? attend_part<4>
                                      : attend_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(out, partials, q, keys, values, rows, heads, kv_heads,
                                              head_dim, length, capacity, parts);
  cuda_check(cudaGetLastError(), "attend");
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend");
}
