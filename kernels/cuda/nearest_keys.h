// Which of some keys points where another one does.
#pragma once

#include <cstddef>

#include "device.h"
#include "key_similarity.h"

/// One warp per row of `others`.
__global__ void nearest_keys_kernel(int* nearest, float* cosines, const float* keys,
                                    const int* kept, const int* others, int heads, int kept_count,
                                    int count, int head_dim, int capacity) {
  const size_t warp = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  if (warp >= static_cast<size_t>(heads) * count) return;
  const size_t head = warp / count;
  const float* of_head = keys + head * capacity * head_dim;
  const float* own = of_head + static_cast<size_t>(others[warp]) * head_dim;
  const float own_norm = fmaxf(sqrtf(warp_dot(own, own, head_dim)), 1e-6f);
  float largest = -INFINITY;
  int where = 0;
  for (int i = 0; i < kept_count; ++i) {
    const int row = kept[head * kept_count + i];
    const float* key = of_head + static_cast<size_t>(row) * head_dim;
    const float norm = fmaxf(sqrtf(warp_dot(key, key, head_dim)), 1e-6f);
    const float cosine = warp_dot(own, key, head_dim) / (norm * own_norm);
    if (cosine <= largest) continue;
    largest = cosine;
    where = row;
  }
  if (threadIdx.x % 32 > 0) return;
  nearest[warp] = where;
  cosines[warp] = largest;
}

/// For each row of `others`, of which each head has `count`: the one of its head's `kept` rows
/// whose key has the largest cosine with its own, of equals the first, and that cosine. keys
/// (heads, capacity, head_dim), kept (heads, kept_count), the rest (heads, count). A key of norm 0
/// has cosine 0.
inline void nearest_keys(Device& device, int* nearest, float* cosines, const float* keys,
                         const int* kept, const int* others, int heads, int kept_count, int count,
                         int head_dim, int capacity) {
  if (count == 0) return;
  const size_t threads = static_cast<size_t>(heads) * count * 32;
  const unsigned blocks = static_cast<unsigned>((threads + 255) / 256);
  nearest_keys_kernel<<<blocks, 256, 0, device.stream>>>(
      nearest, cosines, keys, kept, others, heads, kept_count, count, head_dim, capacity);
  cuda_check(cudaGetLastError(), "nearest_keys");
}
