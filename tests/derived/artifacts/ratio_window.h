// Sinks and a window, of which a share of the prompt decides the size.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

/// Keeps `first` tokens at the beginning and `window` at the end; set_ratio derives both.
struct RatioWindow : coop::Artifact {
  int most_first = 4;  ///< First tokens kept at most. range 0..64
  int first = 4;       ///< First tokens kept. range 0..64
  int window = 60;     ///< Last tokens kept. range 1..1024

  /// Keeps `ratio` of `tokens`.
  void set_ratio(this auto& self, float ratio, int tokens) {
    const int budget = std::max(1, static_cast<int>(ratio * static_cast<float>(tokens)));
    self.first = std::min(self.most_first, budget / 2);
    self.window = budget - self.first;
  }

  void after_prefill(this auto& self) {
    for (int layer = 0; layer < self.kv_cache.layers(); ++layer) self.compress(layer);
  }

  void compress(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length <= self.first + self.window) return;
    std::vector<int> slots;
    for (int slot = 0; slot < self.first; ++slot) slots.push_back(slot);
    for (int slot = length - self.window; slot < length; ++slot) slots.push_back(slot);
    self.kv_cache.keep(layer, slots);
    ++self.compressions;
  }

 private:
  int compressions = 0;
};
