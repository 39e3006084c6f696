// How keys and values lie in memory where two layers share their directions.
#pragma once

#include <cstddef>

/// One layer. Of its `merged` oldest tokens each head keeps `retained` keys, and as many values, as
/// they were; the others are a direction, which the layer shares with another, times a magnitude of
/// its own. What comes first are the heads' keys, then their values.
struct PairedRows {
  const int* places = nullptr;        // (2 kv_heads, merged): of a direction, or ~ of what was kept
  const float* directions = nullptr;  // (2 kv_heads, merged - retained, head_dim)
  const float* magnitudes = nullptr;  // (2 kv_heads, merged - retained)
  const float* as_they_were = nullptr;  // (2 kv_heads, retained, head_dim)
  const float* keys = nullptr;          // (kv_heads, capacity, head_dim): from slot `merged` on
  const float* values = nullptr;        // as keys
  int merged = 0;
  int retained = 0;
  int length = 0;  // tokens in all
  int capacity = 0;
  int kv_heads = 0;
  int head_dim = 0;

  /// `magnitude` times its numbers.
  struct Row {
    const float* numbers;
    float magnitude;
  };

  Row key(int slot, int kv_head) const {
    if (slot < merged) return old_row(slot, kv_head);
    return {keys + (static_cast<size_t>(kv_head) * capacity + slot - merged) * head_dim, 1.0f};
  }

  Row value(int slot, int kv_head) const {
    if (slot < merged) return old_row(slot, kv_heads + kv_head);
    return {values + (static_cast<size_t>(kv_head) * capacity + slot - merged) * head_dim, 1.0f};
  }

  Row old_row(int slot, size_t head) const {
    const int place = places[head * merged + slot];
    if (place < 0) return {as_they_were + (head * retained + ~place) * head_dim, 1.0f};
    const size_t row = head * (merged - retained) + place;
    return {directions + row * head_dim, magnitudes[row]};
  }
};
