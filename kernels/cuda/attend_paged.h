// Attention of queries over a cache that lies in blocks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"
#include "paged_rows.h"

/// attend_part, over rows in blocks; each of the four keys that are read at once may lie in
/// another. It writes partials where there are any, else out, and where it is told the scores
/// (rows, heads, length).
template <int chunks>
__global__ void attend_paged_part(float* out, float* partials, float* scores_of_all, const float* q,
                                  PagedRows cache, int rows, int heads, int parts) {
  const int group = heads / cache.kv_heads, head_dim = cache.head_dim;
  const int warp = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= rows * heads * parts) return;
  const int row = warp / group % rows;
  const int part = warp / (group * rows) % parts;
  const int kv_head = warp / (group * rows * parts);
  const int head = kv_head * group + warp % group;

  const int share = (cache.length + parts - 1) / parts;
  const int begin = part * share;
  const int end = min(begin + share, cache.length - rows + row + 1);
  const size_t query_row = static_cast<size_t>(row) * heads + head;

  const float scale = 1.0f / sqrtf(static_cast<float>(head_dim));
  float query[chunks] = {};
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) query[i] = q[query_row * head_dim + lane + 32 * i] * scale;
  }
  float mixed[chunks] = {};  // the sum of values by weight
  float largest = -INFINITY, total = 0.0f;
  for (int first = begin; first < end; first += 4) {
    float scores[4] = {};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const float* key = cache.key(min(first + k, end - 1), kv_head) + lane;
      for (int i = 0; i < chunks; ++i) {
        if (lane + 32 * i < head_dim) scores[k] += query[i] * key[32 * i];
      }
    }
    for (int step = 16; step > 0; step /= 2) {
#pragma unroll
      for (int k = 0; k < 4; ++k) scores[k] += __shfl_xor_sync(0xffffffffu, scores[k], step);
    }
    const float before = largest;  // what is summed so far has this score's weight
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      if (first + k >= end) scores[k] = -INFINITY;
      largest = fmaxf(largest, scores[k]);
    }
    const float keep = expf(before - largest);
    total *= keep;
    for (int i = 0; i < chunks; ++i) mixed[i] *= keep;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const float* value = cache.value(min(first + k, end - 1), kv_head) + lane;
      const float weight = expf(scores[k] - largest);
      if (scores_of_all != nullptr && lane == k && first + k < end) {
        scores_of_all[query_row * cache.length + first + k] = scores[k];
      }
      total += weight;
      for (int i = 0; i < chunks; ++i) {
        if (lane + 32 * i < head_dim) mixed[i] += weight * value[32 * i];
      }
    }
  }

  const bool is_whole = partials == nullptr;
  float* result = is_whole ? out + query_row * head_dim
                           : partials + (query_row * parts + part) * (head_dim + 2);
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) result[lane + 32 * i] = is_whole ? mixed[i] / total : mixed[i];
  }
  if (!is_whole && lane == 0) {
    result[head_dim] = largest;
    result[head_dim + 1] = total;
  }
}

/// Runs attend_paged_part.
inline void attend_paged_parts(Device& device, float* out, float* partials, float* scores,
                               const float* q, int rows, int heads, const PagedRows& cache,
                               int parts) {
  const int threads = 256;
  const size_t warps = static_cast<size_t>(rows) * heads * parts;
  const unsigned grid = static_cast<unsigned>((warps * 32 + threads - 1) / threads);
  const auto part = cache.head_dim <= 64    ? attend_paged_part<2>
                    : cache.head_dim <= 128 ? attend_paged_part<4>
                                            : attend_paged_part<8>;
  part<<<grid, threads, 0, device.stream>>>(out, partials, scores, q, cache, rows, heads, parts);
  cuda_check(cudaGetLastError(), "attend_paged");
}

/// How many parts of the cache are read side by side. head_dim is at most 256.
inline int parts_of_paged(const Device& device, int rows, int heads, const PagedRows& cache) {
  if (cache.head_dim > 256) {
    throw std::runtime_error("attend_paged: head_dim is " + std::to_string(cache.head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  return std::max(1, std::min(16 * device.multiprocessors / (rows * heads), cache.length / 64));
}

/// attend(), over rows in blocks.
inline void attend_paged(Device& device, float* out, const float* q, int rows, int heads,
                         const PagedRows& cache) {
  if (rows == 0) return;
  const int head_dim = cache.head_dim, parts = parts_of_paged(device, rows, heads, cache);
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));
  attend_paged_parts(device, out, partials, nullptr, q, rows, heads, cache, parts);
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_paged");
}
