#pragma once

#include <coop/artifact.h>

/// Forgets the shortest word of `cache` first; of equals, the oldest.
struct ShortestFirst : coop::Artifact {
  /// Where the word stands that goes next.
  int victim(this auto& self) {
    int shortest = 0;
    for (int i = 1; i < self.cache.size(); ++i) {
      if (self.cache.words[i].size() < self.cache.words[shortest].size()) shortest = i;
    }
    return shortest;
  }
};
