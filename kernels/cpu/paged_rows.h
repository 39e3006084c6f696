// How keys and values lie in the blocks of a cache.
#pragma once

#include <cstddef>

/// One layer: row first + s of what the blocks hold, one behind the other, is slot s. Each block is
/// (2, kv_heads, block, head_dim): keys, then values. `blocks` and what they hold is the device's.
struct PagedRows {
  float* const* blocks = nullptr;
  int first = 0;
  int length = 0;
  int block = 0;  // tokens of a block
  int kv_heads = 0;
  int head_dim = 0;

  /// The key of a head in this slot.
  float* key(int slot, int kv_head) const {
    const size_t row = static_cast<size_t>(kv_head) * block + (first + slot) % block;
    return blocks[(first + slot) / block] + row * head_dim;
  }

  float* value(int slot, int kv_head) const { return key(slot, kv_head + kv_heads); }
};
