#pragma once

#include <coop/service.h>

#include <cstdio>
#include <sstream>
#include <string>

#include "shortest_first.h"
#include "word_cache.h"

/// Reads a text and prints the words that are left in the cache.
struct Remember : coop::Service {
  WordCache cache;
  ShortestFirst eviction;

  /// text  what to read
  int run(this auto& self, std::string text = "once upon a time there was a little girl") {
    std::istringstream words(text);
    for (std::string word; words >> word;) self.cache.append(word);
    for (const std::string& word : self.cache.words) std::printf("%s\n", word.c_str());
    return 0;
  }
};
