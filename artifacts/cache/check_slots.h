// What caches refuse before they change anything.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

/// The slots [from, to) of `length` are meant.
inline void check_slots(int from, int to, int length) {
  if (0 <= from && from <= to && to <= length) return;
  throw std::out_of_range("kv_cache: no slots " + std::to_string(from) + " to " +
                          std::to_string(to) + "; is a budget of the compressor negative?");
}

/// One slot of each head is meant.
inline void check_slots(const std::vector<int>& slots, int kv_heads, int length) {
  if (static_cast<int>(slots.size()) == kv_heads &&
      std::all_of(slots.begin(), slots.end(),
                  [=](int slot) { return 0 <= slot && slot < length; })) {
    return;
  }
  throw std::out_of_range("kv_cache: put_newest wants, of each of " + std::to_string(kv_heads) +
                          " heads, a slot below " + std::to_string(length));
}

/// Of each head its own slots are meant, ascending, equally many.
inline void check_slots(const std::vector<std::vector<int>>& slots, int kv_heads, int length) {
  bool fine = static_cast<int>(slots.size()) == kv_heads;
  for (const std::vector<int>& of_head : slots) {
    fine = fine && of_head.size() == slots.front().size();
    for (size_t i = 0; i < of_head.size(); ++i) {
      fine = fine && of_head[i] > (i == 0 ? -1 : of_head[i - 1]) && of_head[i] < length;
    }
  }
  if (fine) return;
  throw std::out_of_range("kv_cache: keep wants, of each of " + std::to_string(kv_heads) +
                          " heads, equally many slots below " + std::to_string(length) +
                          ", in ascending order");
}
