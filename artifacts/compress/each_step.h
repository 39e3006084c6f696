// What selectors share that work at every step: one token comes, and one goes.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <map>
#include <vector>

#include "artifacts/compress/selection.h"

/// Which of the first `count` slots of `order`, the oldest token's first, has the lowest score: its
/// place there. Of equals the newest token; what is no number is the lowest of all.
inline int lowest(const std::vector<float>& scores, const std::vector<int>& order, int count) {
  int place = 0;
  float least = INFINITY;
  for (int i = 0; i < count; ++i) {
    const float score = scores[order[i]];
    if (score > least) [[likely]]
      continue;
    place = i;
    least = std::isnan(score) ? -INFINITY : score;
  }
  return place;
}

/// Base of selectors that work at every step. One token too many is dropped in the same time
/// whatever the length: the newest takes its slot. Who derives from it says `who_goes(layer,
/// order)`, where each head has its slots, the oldest token's first: of each head a place there.
struct EachStep : Selection {
  void after_reset(this auto& self) {
    self.Selection::after_reset();
    self.orders.clear();
  }

  void after_append(this auto& self, int layer) { self.compress(layer); }

  void compress(this auto& self, int layer) {
    if constexpr (requires { self.kv_cache.put_newest(layer, std::vector<int>()); }) {
      if (self.kv_cache.length(layer) == self.layer_budget(layer) + 1) {
        self.drop_one(layer, self.order(layer));
        return;
      }
    }
    self.Selection::compress(layer);
  }

  /// Not by `keep`: who does more there does it here, too.
  void drop_one(this auto& self, int layer, std::vector<std::vector<int>>& order) {
    self.replace(layer, order, self.who_goes(layer, order));
  }

  /// Drops of each head the token at that place of its order.
  void replace(this auto& self, int layer, std::vector<std::vector<int>>& order,
               const std::vector<int>& places) {
    std::vector<int> slots;
    for (std::vector<int>& of_head : order) {
      const int place = places[slots.size()];
      of_head.pop_back();  // the newest leaves its own slot
      slots.push_back(of_head[place]);
      of_head.erase(of_head.begin() + place);
      of_head.push_back(slots.back());
    }
    self.kv_cache.put_newest(layer, slots);
  }

  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    std::vector<std::vector<int>>& order = self.order(layer);
    for (size_t head = 0; head < order.size(); ++head) {
      std::vector<int> moved(order[head].size(), -1), kept;  // to which slot
      for (size_t i = 0; i < slots[head].size(); ++i) moved[slots[head][i]] = static_cast<int>(i);
      for (const int slot : order[head]) {
        if (moved[slot] >= 0) kept.push_back(moved[slot]);
      }
      order[head] = kept;
    }
    self.kv_cache.keep(layer, slots);
  }

 protected:
  /// Of each head its slots, the oldest token's first.
  std::vector<std::vector<int>>& order(this auto& self, int layer) {
    std::vector<std::vector<int>>& order = self.orders[layer];
    order.resize(self.model.config.kv_heads);
    const int length = self.kv_cache.length(layer);
    for (std::vector<int>& of_head : order) {
      while (static_cast<int>(of_head.size()) < length) {
        of_head.push_back(static_cast<int>(of_head.size()));  // new tokens are the last
      }
    }
    return order;
  }

 private:
  std::map<int, std::vector<std::vector<int>>> orders;  // by layer
};
