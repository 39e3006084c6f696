// The newest tokens, and one of so many of those before them.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <map>
#include <stdexcept>

/// The strided pattern of Sparse Transformers (Child et al., 2019), for a cache: the first `sinks`
/// tokens and the newest `window` stay; of what lies between, those whose position is a multiple of
/// `stride`. The cache grows `stride` times slower than the text.
/// example: {sinks 2, stride 4, window 3} rows 14 -> keeps 0 1 4 8 11 12 13
/// example: {sinks 2, stride 4, window 3} rows 7 1 5 1 -> keeps 0 1 4 8 11 12 13
/// example: {sinks 0, stride 3, window 2} rows 6 -> keeps 0 3 4 5
/// example: rows 290 -> keeps 0..3 16 32 34..289
struct Strided : coop::Artifact {
  int sinks = 4;     ///< Tokens kept at the beginning; range 0..64.
  int stride = 16;   ///< Of the tokens behind the window one of so many stays; range 1..256.
  int window = 256;  ///< Tokens kept at the end; range 1..4096.

  /// A sequence begins.
  void after_reset(this auto& self) {
    if (self.sinks < 0) throw std::runtime_error("compressor.sinks is negative");
    if (self.stride < 1) throw std::runtime_error("compressor.stride is below 1");
    if (self.window < 1) throw std::runtime_error("compressor.window is below 1");
    self.decided.clear();
  }

  void after_append(this auto& self, int layer) {
    const int next_position = self.kv_cache.next_position(layer);
    const int window_begin = next_position - self.window;
    if (window_begin <= self.sinks) return;

    int& decided = self.decided[layer];
    decided = std::max(decided, self.sinks);
    while (decided < window_begin) {
      const int stays = self.multiples_below(decided) * self.stride;  // the next that does
      const int end = std::min(stays, window_begin);
      if (end > decided) {  // nobody behind `decided` went yet: slots count from the end
        const int slot = self.kv_cache.length(layer) - (next_position - decided);
        self.kv_cache.erase(layer, slot, slot + end - decided);
      }
      decided = std::min(stays + 1, window_begin);
    }
    COOP_ENSURES(self.kv_cache.length(layer) == self.sinks + self.window +
                                                    self.multiples_below(window_begin) -
                                                    self.multiples_below(self.sinks));
  }

 private:
  /// Multiples of the stride from 0 on that are below `position`.
  int multiples_below(this auto& self, int position) {
    return (position + self.stride - 1) / self.stride;
  }

  std::map<int, int> decided;  // by layer: up to which position it is known who stays
};
