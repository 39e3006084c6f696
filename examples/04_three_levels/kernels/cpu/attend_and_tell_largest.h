#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "attend.h"
#include "device.h"

/// attend(), with the same shapes; largest[kv_head][slot] becomes the largest weight that the slot
/// is given, if it was less; largest (kv_heads, length).
inline void attend_and_tell_largest(Device&, float* out, float* largest, const float* q,
                                    const float* keys, const float* values, int rows, int heads,
                                    int kv_heads, int head_dim, int length, int capacity) {
  const int group = heads / kv_heads;
  std::vector<float> weights(length);
  for (int query = 0; query < rows * heads; ++query) {
    const int row = query / heads, kv_head = query % heads / group;
    const int seen = length - rows + row + 1;
    const float* x = q + static_cast<size_t>(query) * head_dim;
    const float* key = keys + static_cast<size_t>(kv_head) * capacity * head_dim;
    const float* value = values + static_cast<size_t>(kv_head) * capacity * head_dim;
    float* mixed = out + static_cast<size_t>(query) * head_dim;
    attend_part(mixed, weights.data(), x, head_dim, 1, false, key, value, head_dim, seen);
    for (int slot = 0; slot < seen; ++slot) {
      float& most = largest[kv_head * length + slot];
      most = std::max(most, weights[slot]);
    }
  }
}
