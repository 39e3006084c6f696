// Who has read which beginning of a text.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <stdexcept>
#include <vector>

#include "artifacts/serve/prefix_hashes.h"

/// A hint, which may be stale: whoever uses it asks the holder of the blocks. It forgets the oldest
/// when it is full.
/// example: {block 2} put(1 2 3 4 5); find(1 2 3 4 9) -> 2
/// example: {block 2} put(1 2 3 4); find(9 2 3 4) -> 0
/// example: {capacity 1, block 1} put(7); put(8); put(9); find(8) -> 0
/// example: {capacity 2, block 1} put(7); put(7); put(8); find(7) -> 1
/// example: put(1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4);
///   find(1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4) -> 1
struct PrefixDirectory : coop::Artifact {
  int capacity = 4096;  ///< Blocks remembered; range 1..1000000.
  int block = 16;       ///< Tokens of a block; range 1..1024.

  /// Texts that share a block have this in common: where each rank has a share of the directory,
  /// one of them remembers all that begin alike.
  /// example: beginning(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) -> 0
  uint64_t beginning(this auto& self, const std::vector<int>& tokens) {
    const std::vector<uint64_t> hashes = self.hashes(tokens);
    return hashes.empty() ? 0 : hashes.front();
  }

  /// How many blocks of a text's beginning have been put, of this text or another.
  [[coop::keyed(beginning), coop::repeatable]] int find(this auto& self,
                                                        const std::vector<int>& tokens) {
    const std::vector<uint64_t> hashes = self.hashes(tokens);
    int known = 0;
    while (known < static_cast<int>(hashes.size()) && self.blocks.count(hashes[known]) > 0) ++known;
    return known;
  }

  /// Remembers all blocks of a text.
  [[coop::keyed(beginning)]] void put(this auto& self, const std::vector<int>& tokens) {
    for (const uint64_t hash : self.hashes(tokens)) {
      if (self.blocks[hash]++ > 0) continue;
      self.order.push_back(hash);
      if (static_cast<int>(self.order.size()) <= self.capacity) continue;
      self.blocks.erase(self.order.front());
      self.order.pop_front();
    }
  }

 private:
  std::vector<uint64_t> hashes(this auto& self, const std::vector<int>& tokens) {
    if (self.block < 1) throw std::runtime_error("prefix_directory.block is below 1");
    return prefix_hashes(tokens, self.block);
  }

  std::map<uint64_t, int> blocks;  // hash → how often it was put
  std::deque<uint64_t> order;      // hashes, oldest first
};
