// Scores → the slots to keep.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

/// Of each head the `count` slots of the highest scores, ascending. Of equals the older one is
/// kept; what is no number is the lowest of all. scores (heads, length).
inline std::vector<std::vector<int>> top_slots(const std::vector<float>& scores, int length,
                                               int count) {
  std::vector<std::vector<int>> slots(scores.size() / length);
  if (count == 0) return slots;
  for (size_t head = 0; head < slots.size(); ++head) {
    std::vector<float> of_head(scores.begin() + head * length,
                               scores.begin() + (head + 1) * length);
    for (float& score : of_head) score = std::isnan(score) ? -INFINITY : score;
    std::vector<float> sorted = of_head;  // as far as its first `count`
    std::nth_element(sorted.begin(), sorted.begin() + (count - 1), sorted.end(), std::greater<>());
    const float least = sorted[count - 1];
    int equals = count;  // that are kept
    for (const float score : of_head) equals -= score > least;
    for (int slot = 0; slot < length; ++slot) {
      if (of_head[slot] > least || (of_head[slot] == least && equals-- > 0)) {
        slots[head].push_back(slot);
      }
    }
  }
  return slots;
}
