// Attention of queries over a cache where two layers share the directions of keys and values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"
#include "paired_rows.h"

/// One warp per part of the cache, row and query head, as in attend_part(), token by token; a lane
/// holds every 32nd channel, `chunks` of them.
template <int chunks>
__global__ void attend_paired_part(float* out, float* partials, const float* q, int rows, int heads,
                                   PairedRows cache, int parts) {
  const int group = heads / cache.kv_heads, head_dim = cache.head_dim;
  const int warp = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= rows * heads * parts) return;
  const int row = warp / group % rows;
  const int part = warp / (group * rows) % parts;
  const int kv_head = warp / (group * rows * parts);
  const int head = kv_head * group + warp % group;
  const int share = (cache.length + parts - 1) / parts;
  const int end = min((part + 1) * share, cache.length - rows + row + 1);
  const size_t query_row = static_cast<size_t>(row) * heads + head;

  const float scale = 1.0f / sqrtf(static_cast<float>(head_dim));
  float query[chunks] = {}, mixed[chunks] = {};  // mixed: the sum of values by weight
  for (int i = 0; i < chunks; ++i) {
    if (lane + 32 * i < head_dim) query[i] = q[query_row * head_dim + lane + 32 * i] * scale;
  }
  float largest = -INFINITY, total = 0.0f;
  for (int slot = part * share; slot < end; ++slot) {
    const PairedRows::Row key = cache.key(slot, kv_head), value = cache.value(slot, kv_head);
    float score = 0.0f;
    for (int i = 0; i < chunks; ++i) {
      if (lane + 32 * i < head_dim) score += query[i] * key.numbers[lane + 32 * i];
    }
    for (int step = 16; step > 0; step /= 2) score += __shfl_xor_sync(0xffffffffu, score, step);
    score *= key.magnitude;
    const float before = largest;  // what is summed so far has this score's weight
    largest = fmaxf(largest, score);
    const float keep = expf(before - largest), weight = expf(score - largest);
    total = total * keep + weight;
    for (int i = 0; i < chunks; ++i) {
      if (lane + 32 * i >= head_dim) continue;
      mixed[i] = mixed[i] * keep + weight * value.magnitude * value.numbers[lane + 32 * i];
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

/// As attend(): out and q (rows, heads, head_dim), the queries the newest of the cache. A row is
/// restored where it is read. head_dim is at most 256.
inline void attend_paired(Device& device, float* out, const float* q, int rows, int heads,
                          const PairedRows& cache) {
  const int head_dim = cache.head_dim;
  if (cache.merged == 0) {
    attend(device, out, q, cache.keys, cache.values, rows, heads, cache.kv_heads, head_dim,
           cache.length, cache.capacity);
    return;
  }
  if (rows == 0) return;
  if (head_dim > 256) {
    throw std::runtime_error("attend_paired: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, std::min(warps_wanted / (rows * heads), cache.length / 64));
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_paired_part<2>
                    : head_dim <= 128 ? attend_paired_part<4>
                                      : attend_paired_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(out, partials, q, rows, heads, cache, parts);
  cuda_check(cudaGetLastError(), "attend_paired");
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_paired");
}
