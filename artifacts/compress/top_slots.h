// Scores → the slots to keep.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

/// Of each head the `count` slots of the highest scores, ascending. Of equals the older one is
/// kept; what is no number is the lowest of all. scores (heads, length).
inline std::vector<std::vector<int>> top_slots(const std::vector<float>& scores, int length,
                                               int count) {
  std::vector<std::vector<int>> slots(scores.size() / length);
  for (size_t head = 0; head < slots.size(); ++head) {
    const float* of_head = scores.data() + head * length;
    const auto goes_first = [of_head](int a, int b) {
      const float x = std::isnan(of_head[a]) ? -INFINITY : of_head[a];
      const float y = std::isnan(of_head[b]) ? -INFINITY : of_head[b];
      return x != y ? x > y : a < b;
    };
    slots[head].resize(length);
    std::iota(slots[head].begin(), slots[head].end(), 0);
    std::nth_element(slots[head].begin(), slots[head].begin() + count, slots[head].end(),
                     goes_first);
    slots[head].resize(count);
    std::sort(slots[head].begin(), slots[head].end());
  }
  return slots;
}
