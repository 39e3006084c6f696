// Attention of queries over a cache whose older keys have fewer channels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"
#include "narrow_rows.h"

/// One warp per part of the cache, row and query head, as in attend_part(): first over the narrow
/// keys of the part, with the query's channels that they have, then over the others.
template <int chunks>
__global__ void attend_narrow_part(float* out, float* partials, const float* q, int rows, int heads,
                                   int kv_heads, int head_dim, NarrowRows cache, int parts) {
  const int group = heads / kv_heads;
  const int warp = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= rows * heads * parts) return;
  const int row = warp / group % rows;
  const int part = warp / (group * rows) % parts;
  const size_t kv_head = warp / (group * rows * parts);
  const int head = static_cast<int>(kv_head) * group + warp % group;

  const int share = (cache.length + parts - 1) / parts;
  const int begin = part * share;
  const int end = min(begin + share, cache.length - rows + row + 1);
  const size_t query_row = static_cast<size_t>(row) * heads + head;
  const float* narrow_keys = cache.narrow_keys + kv_head * cache.narrow * cache.channels + lane;
  const float* keys = cache.keys + kv_head * (cache.capacity - cache.narrow) * head_dim + lane;
  const float* values = cache.values + kv_head * cache.capacity * head_dim + lane;

  const float scale = 1.0f / sqrtf(static_cast<float>(head_dim));
  float query[chunks] = {}, narrow_query[chunks] = {};
  for (int i = 0; i < chunks; ++i) {
    const int channel = lane + 32 * i;
    if (channel < head_dim) query[i] = q[query_row * head_dim + channel] * scale;
    if (channel >= cache.channels) continue;
    narrow_query[i] =
        q[query_row * head_dim + cache.kept[kv_head * cache.channels + channel]] * scale;
  }
  float mixed[chunks] = {};  // the sum of values by weight
  float largest = -INFINITY, total = 0.0f;
  for (int first = begin; first < end;) {
    const bool is_narrow = first < cache.narrow;
    const int last = is_narrow ? min(end, cache.narrow) : end;  // four keys at a time, all alike
    float scores[4];
    if (is_narrow) {
      attend_score(scores, narrow_query, narrow_keys, first, last, cache.channels, lane);
    } else {
      attend_score(scores, query, keys, first - cache.narrow, last - cache.narrow, head_dim, lane);
    }
    const float before = largest;
    for (const float score : scores) largest = fmaxf(largest, score);
    const float keep = expf(before - largest);
    total *= keep;
    for (int i = 0; i < chunks; ++i) mixed[i] *= keep;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const float* value = values + static_cast<size_t>(min(first + k, last - 1)) * head_dim;
      const float weight = expf(scores[k] - largest);
      total += weight;
      for (int i = 0; i < chunks; ++i) {
        if (lane + 32 * i < head_dim) mixed[i] += weight * value[32 * i];
      }
    }
    first = min(first + 4, last);
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

/// As attend(): out and q (rows, heads, head_dim), the queries the newest of the cache. What a
/// narrow key has no channel of counts as 0. head_dim is at most 256.
inline void attend_narrow(Device& device, float* out, const float* q, int rows, int heads,
                          int kv_heads, int head_dim, const NarrowRows& cache) {
  if (rows == 0) return;
  if (head_dim > 256) {
    throw std::runtime_error("attend_narrow: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, std::min(warps_wanted / (rows * heads), cache.length / 64));
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_narrow_part<2>
                    : head_dim <= 128 ? attend_narrow_part<4>
                                      : attend_narrow_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(out, partials, q, rows, heads, kv_heads, head_dim,
                                              cache, parts);
  cuda_check(cudaGetLastError(), "attend_narrow");
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_narrow");
}
