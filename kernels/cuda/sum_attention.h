// How much attention the tokens of a cache are given.
#pragma once

#include <cstddef>

#include "device.h"

/// q . key / sqrt(head_dim), in one thread.
__device__ inline float attention_score(const float* query, const float* key, int head_dim) {
  float score = 0.0f;
  for (int i = 0; i < head_dim; ++i) score += query[i] * key[i];
  return score / sqrtf(static_cast<float>(head_dim));
}

/// One block per row and query head: its largest score and the sum of exp(score - largest).
__global__ void attention_totals_kernel(float* totals, const float* q, const float* keys, int rows,
                                        int heads, int kv_heads, int head_dim, int length,
                                        int capacity) {
  const int row = static_cast<int>(blockIdx.x) / heads, head = static_cast<int>(blockIdx.x) % heads;
  const float* query = q + static_cast<size_t>(blockIdx.x) * head_dim;
  const float* of_head =
      keys + static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
  const int seen = length - rows + row + 1;
  float largest = -INFINITY, total = 0.0f;
  for (int slot = static_cast<int>(threadIdx.x); slot < seen; slot += 256) {
    const float score =
        attention_score(query, of_head + static_cast<size_t>(slot) * head_dim, head_dim);
    const float before = largest;
    largest = fmaxf(largest, score);
    total = total * expf(before - largest) + expf(score - largest);
  }
  __shared__ float largest_of[256], total_of[256];
  largest_of[threadIdx.x] = largest;
  total_of[threadIdx.x] = total;
  __syncthreads();
  if (threadIdx.x > 0) return;
  for (int i = 1; i < 256; ++i) largest = fmaxf(largest, largest_of[i]);
  total = 0.0f;
  for (int i = 0; i < 256; ++i) total += total_of[i] * expf(largest_of[i] - largest);
  totals[2 * blockIdx.x] = largest;
  totals[2 * blockIdx.x + 1] = total;
}

/// One thread per key/value head and slot, which adds up its weights in the order of the queries.
__global__ void sum_attention_kernel(float* received, const float* totals, const float* q,
                                     const float* keys, int rows, int heads, int kv_heads,
                                     int head_dim, int length, int capacity) {
  const int slot = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int kv_head = static_cast<int>(blockIdx.y), group = heads / kv_heads;
  if (slot >= length) return;
  const float* key = keys + (static_cast<size_t>(kv_head) * capacity + slot) * head_dim;
  float sum = 0.0f;
  for (int row = max(0, slot - (length - rows)); row < rows; ++row) {  // earlier ones see it not
    for (int head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      const size_t query = static_cast<size_t>(row) * heads + head;
      const float score = attention_score(q + query * head_dim, key, head_dim);
      sum += expf(score - totals[2 * query]) / totals[2 * query + 1];
    }
  }
  received[static_cast<size_t>(kv_head) * length + slot] += sum;
}

/// received[kv_head][slot] += the weights that the head's queries give the slot, added up over its
/// heads / kv_heads query heads and all rows; received (kv_heads, length). The weights are those of
/// attend(), with the same q, keys and shapes.
inline void sum_attention(Device& device, float* received, const float* q, const float* keys,
                          int rows, int heads, int kv_heads, int head_dim, int length,
                          int capacity) {
  if (rows == 0) return;
  float* totals = device.scratch(static_cast<size_t>(rows) * heads * 2);
  attention_totals_kernel<<<rows * heads, 256, 0, device.stream>>>(
      totals, q, keys, rows, heads, kv_heads, head_dim, length, capacity);
  sum_attention_kernel<<<dim3((length + 127) / 128, kv_heads), 128, 0, device.stream>>>(
      received, totals, q, keys, rows, heads, kv_heads, head_dim, length, capacity);
  cuda_check(cudaGetLastError(), "sum_attention");
}
