// Attention of queries over a cache whose heads keep different numbers of tokens.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"

/// As attend_part, but for where a head's tokens begin and end.
template <int chunks>
__global__ void attend_ragged_part(float* out, float* partials, const float* q, const float* keys,
                                   const float* values, const int* begins, int room, int rows,
                                   int heads, int kv_heads, int head_dim, int parts) {
  const int group = heads / kv_heads;
  const int warp = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (warp >= rows * heads * parts) return;
  const int row = warp / group % rows;
  const int part = warp / (group * rows) % parts;
  const int kv_head = warp / (group * rows * parts);
  const int head = kv_head * group + warp % group;

  const int length = begins[kv_head + 1] - begins[kv_head] - room;
  const int share = (length + parts - 1) / parts;
  const int begin = part * share;
  const int end = min(begin + share, length - rows + row + 1);
  const size_t query_row = static_cast<size_t>(row) * heads + head;
  const size_t offset = static_cast<size_t>(begins[kv_head]) * head_dim + lane;

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
    const float before = largest;
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

/// As attend(), over a cache in which key/value head h keeps at least `rows` tokens of its own: the
/// rows [begins[h], begins[h + 1] - room) of keys and values. begins (kv_heads + 1) is device
/// memory; keys and values (begins[kv_heads], head_dim). head_dim is at most 256.
///
/// How long heads are, only the device knows: all are cut into as many parts as fill it.
inline void attend_ragged(Device& device, float* out, const float* q, const float* keys,
                          const float* values, const int* begins, int room, int rows, int heads,
                          int kv_heads, int head_dim) {
  if (rows == 0) return;
  if (head_dim > 256) {
    throw std::runtime_error("attend_ragged: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, warps_wanted / (rows * heads));
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_ragged_part<2>
                    : head_dim <= 128 ? attend_ragged_part<4>
                                      : attend_ragged_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(out, partials, q, keys, values, begins, room, rows,
                                              heads, kv_heads, head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_ragged");
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_ragged");
}
