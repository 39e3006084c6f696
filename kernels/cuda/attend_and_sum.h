// Attention of queries over the cache, and how much of it each token is given.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"

/// attend_part(), which always writes partials, and the scores (rows, heads, length) as well.
template <int chunks>
__global__ void attend_and_score_part(float* partials, float* scores_of_all, const float* q,
                                      const float* keys, const float* values, int rows, int heads,
                                      int kv_heads, int head_dim, int length, int capacity,
                                      int parts) {
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
      if (lane == k && first + k < end) scores_of_all[query_row * length + first + k] = scores[k];
      const float* value =
          values + offset + static_cast<size_t>(min(first + k, end - 1)) * head_dim;
      const float weight = expf(scores[k] - largest);
      total += weight;
      for (int i = 0; i < chunks; ++i) {
        if (lane + 32 * i < head_dim) mixed[i] += weight * value[32 * i];
      }
    }
  }

  float* result = partials + (query_row * parts + part) * (head_dim + 2);
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) result[lane + 32 * i] = mixed[i];
  }
  if (lane == 0) {
    result[head_dim] = largest;
    result[head_dim + 1] = total;
  }
}

/// attend_merge(), which also writes the largest score and the sum of weights of each row and query
/// head: totals (rows, heads, 2).
__global__ void attend_and_sum_merge(float* out, float* totals, const float* partials, int head_dim,
                                     int parts) {
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
  if (channel > 0) return;
  totals[2 * blockIdx.x] = largest;
  totals[2 * blockIdx.x + 1] = total;
}

/// One thread per key/value head and slot, which adds up its weights in the order of the queries.
__global__ void sum_weights_kernel(float* newest, float* others, const float* scores,
                                   const float* totals, int rows, int heads, int kv_heads,
                                   int length) {
  const int slot = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int kv_head = static_cast<int>(blockIdx.y), group = heads / kv_heads;
  if (slot >= length) return;
  const size_t to = static_cast<size_t>(kv_head) * length + slot;
  for (int row = max(0, slot - (length - rows)); row < rows; ++row) {  // earlier ones see it not
    float sum = 0.0f;
    for (int head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      const size_t query = static_cast<size_t>(row) * heads + head;
      sum += expf(scores[query * length + slot] - totals[2 * query]) / totals[2 * query + 1];
    }
    (row < rows - 1 ? others : newest)[to] += sum;
  }
}

/// attend(), with the same shapes, which also adds up the weights over the query heads that read a
/// key/value head: newest[kv_head][slot] += those of the last row, and others[kv_head][slot] +=
/// those of the rows in front of it; both (kv_heads, length). Of one row there are no others.
inline void attend_and_sum(Device& device, float* out, float* newest, float* others, const float* q,
                           const float* keys, const float* values, int rows, int heads,
                           int kv_heads, int head_dim, int length, int capacity) {
  if (rows == 0) return;
  if (head_dim > 256) {
    throw std::runtime_error("attend_and_sum: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, std::min(warps_wanted / (rows * heads), length / 64));
  const size_t results = static_cast<size_t>(rows) * heads;
  const size_t size = results * parts * (head_dim + 2);
  float* partials = device.scratch(size + results * (length + 2));
  float* totals = partials + size;
  float* scores = totals + 2 * results;

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_and_score_part<2>
                    : head_dim <= 128 ? attend_and_score_part<4>
                                      : attend_and_score_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(partials, scores, q, keys, values, rows, heads,
                                              kv_heads, head_dim, length, capacity, parts);
  attend_and_sum_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(
      out, totals, partials, head_dim, parts);
  sum_weights_kernel<<<dim3((length + 127) / 128, kv_heads), 128, 0, device.stream>>>(
      newest, others, scores, totals, rows, heads, kv_heads, length);
  cuda_check(cudaGetLastError(), "attend_and_sum");
}
