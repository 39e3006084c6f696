#pragma once

#include <coop/artifact.h>

#include <string>
#include <vector>

/// Remembers a few words. When there are too many, `eviction` says which one goes.
struct WordCache : coop::Artifact {
  int capacity = 4;  ///< Words to keep.
  std::vector<std::string> words;

  void append(this auto& self, const std::string& word) {
    self.words.push_back(word);
    if (self.size() <= self.capacity) return;
    self.words.erase(self.words.begin() + self.eviction.victim());
  }

  int size(this auto& self) { return static_cast<int>(self.words.size()); }
};
