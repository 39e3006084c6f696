// Rows of a cache that are added to others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "add_rows.h"
#include "buffer.h"
#include "device.h"

/// Slots of a head that are not among `kept`, which ascend.
inline std::vector<int> other_slots(const std::vector<int>& kept, int length) {
  std::vector<int> others;
  size_t i = 0;
  for (int slot = 0; slot < length; ++slot) {
    if (i < kept.size() && kept[i] == slot) {
      ++i;
    } else {
      others.push_back(slot);
    }
  }
  return others;
}

/// What is added to rows, head by head, in this order.
class RowSums {
 public:
  explicit RowSums(int heads) : of_heads_(heads) {}

  /// Adds `weight` times the row `from` to the row `to`.
  void add(int head, int from, int to, float weight) {
    of_heads_[head].push_back({from, to, weight});
  }

  /// Does so; rows (heads, capacity, head_dim).
  void apply(Device& device, float* rows, int head_dim, int capacity) const {
    size_t count = 0;
    for (const std::vector<Term>& terms : of_heads_) count = std::max(count, terms.size());
    if (count == 0) return;
    std::vector<int> from(of_heads_.size() * count), to(from.size());
    std::vector<float> weights(from.size());  // 0 where a head has fewer
    for (size_t head = 0; head < of_heads_.size(); ++head) {
      for (size_t i = 0; i < of_heads_[head].size(); ++i) {
        from[head * count + i] = of_heads_[head][i].from;
        to[head * count + i] = of_heads_[head][i].to;
        weights[head * count + i] = of_heads_[head][i].weight;
      }
    }
    Buffer<int> device_from(device, from.size()), device_to(device, to.size());
    Buffer<float> device_weights(device, weights.size());
    device_from.upload(from.data(), from.size());
    device_to.upload(to.data(), to.size());
    device_weights.upload(weights.data(), weights.size());
    add_rows(device, rows, device_from.data(), device_to.data(), device_weights.data(),
             static_cast<int>(of_heads_.size()), static_cast<int>(count), head_dim, capacity);
  }

 private:
  struct Term {
    int from, to;
    float weight;
  };
  std::vector<std::vector<Term>> of_heads_;
};
