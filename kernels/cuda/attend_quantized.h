// Attention of queries over a cache whose older tokens are quantized.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "attend.h"
#include "device.h"
#include "quantized_rows.h"

/// One channel of the key, or of the value, of a slot.
__device__ inline float quantized_number(const QuantizedRows& cache, bool is_key, int kv_heads,
                                         int kv_head, int slot, int channel) {
  const QuantizedFormat& format = cache.format;
  if (slot >= cache.quantized) {
    const size_t row = static_cast<size_t>(kv_head) * cache.capacity + slot - cache.quantized;
    return (is_key ? cache.keys : cache.values)[row * format.head_dim + channel];
  }
  const size_t record = static_cast<size_t>(slot / format.group) * kv_heads + kv_head;
  const uint32_t* words = cache.records + record * format.record_words();
  const int token = slot % format.group;
  if (is_key)
    return dequantize(words + channel * format.run_words(format.group), token, format.bits);
  const int channels = format.channels();
  const int run = token * (format.head_dim / channels) + channel / channels;
  return dequantize(words + format.key_words() + run * format.run_words(channels),
                    channel % channels, format.bits);
}

/// One warp per part of the cache, row and query head, as in attend_part(), token by token; a lane
/// holds every 32nd channel, `chunks` of them.
template <int chunks>
__global__ void attend_quantized_part(float* out, float* partials, const float* q, int rows,
                                      int heads, int kv_heads, QuantizedRows cache, int parts) {
  const int group = heads / kv_heads, head_dim = cache.format.head_dim;
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
    float score = 0.0f;
    for (int i = 0; i < chunks; ++i) {
      if (lane + 32 * i >= head_dim) continue;
      score += query[i] * quantized_number(cache, true, kv_heads, kv_head, slot, lane + 32 * i);
    }
    for (int step = 16; step > 0; step /= 2) score += __shfl_xor_sync(0xffffffffu, score, step);
    const float before = largest;  // what is summed so far has this score's weight
    largest = fmaxf(largest, score);
    const float keep = expf(before - largest), weight = expf(score - largest);
    total = total * keep + weight;
    for (int i = 0; i < chunks; ++i) {
      if (lane + 32 * i >= head_dim) continue;
      const float value = quantized_number(cache, false, kv_heads, kv_head, slot, lane + 32 * i);
      mixed[i] = mixed[i] * keep + weight * value;
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

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V, as attend() has it: out and q
/// (rows, heads, head_dim), the queries the newest of the cache, which see what is older. What is
/// quantized is dequantized number by number, where it is used.
inline void attend_quantized(Device& device, float* out, const float* q, int rows, int heads,
                             int kv_heads, const QuantizedRows& cache) {
  if (rows == 0) return;
  const int head_dim = cache.format.head_dim;
  if (head_dim > 256) {
    throw std::runtime_error("attend_quantized: head_dim is " + std::to_string(head_dim) +
                             ", and the CUDA kernel holds at most 256 channels of a head");
  }
  const int warps_wanted = 16 * device.multiprocessors;
  const int parts = std::max(1, std::min(warps_wanted / (rows * heads), cache.length / 64));
  const size_t results = static_cast<size_t>(rows) * heads;
  float* partials = parts == 1 ? nullptr : device.scratch(results * parts * (head_dim + 2));

  const int threads = 256;
  const unsigned blocks = static_cast<unsigned>((results * parts * 32 + threads - 1) / threads);
  const auto part = head_dim <= 64    ? attend_quantized_part<2>
                    : head_dim <= 128 ? attend_quantized_part<4>
                                      : attend_quantized_part<8>;
  part<<<blocks, threads, 0, device.stream>>>(out, partials, q, rows, heads, kv_heads, cache,
                                              parts);
  cuda_check(cudaGetLastError(), "attend_quantized");
  if (parts == 1) return;
  attend_merge<<<rows * heads, (head_dim + 31) / 32 * 32, 0, device.stream>>>(out, partials,
                                                                              head_dim, parts);
  cuda_check(cudaGetLastError(), "attend_quantized");
}
