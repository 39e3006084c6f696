// How keys lie in memory of which the older ones have fewer channels.
#pragma once

/// One layer. The keys of the `narrow` oldest tokens have `channels` of their channels, of each
/// head its own; the others, and all values, have head_dim.
struct NarrowRows {
  const float* narrow_keys = nullptr;  // (kv_heads, narrow, channels)
  const int* kept = nullptr;           // (kv_heads, channels): which they are
  const float* keys = nullptr;    // (kv_heads, capacity - narrow, head_dim): from slot `narrow` on
  const float* values = nullptr;  // (kv_heads, capacity, head_dim)
  int narrow = 0;
  int channels = 0;
  int length = 0;  // tokens in all
  int capacity = 0;
};
