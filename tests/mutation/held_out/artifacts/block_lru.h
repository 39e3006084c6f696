// Blocks of a pool, the one that was used longest ago first to go.
#pragma once

#include <coop/artifact.h>

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

/// Keeps up to `capacity` blocks by key; when full, the least recently used one is freed.
struct BlockLru : coop::Artifact {
  int capacity = 64;  ///< Blocks held at most; range 1..256.

  /// The block of `key`; a new one if there is none.
  int acquire(this auto& self, int key) {
    if (auto found = self.find(key)) return *found;
    if (static_cast<int>(self.order.size()) == self.capacity) {
      self.pool.free(self.order.back().second);
      self.places.erase(self.order.back().first);
      self.order.pop_back();
    }
    self.order.emplace_front(key, self.pool.alloc());
    self.places[key] = self.order.begin();
    COOP_ENSURES(self.size() <= self.capacity);
    return self.order.front().second;
  }

  /// The block of `key`, which counts as a use.
  std::optional<int> find(int key) {
    const auto place = places.find(key);
    if (place == places.end()) return std::nullopt;
    order.splice(order.begin(), order, place->second);
    return place->second->second;
  }

  /// Gives the block of `key` back; false if there is none.
  bool release(this auto& self, int key) {
    const auto place = self.places.find(key);
    if (place == self.places.end()) return false;
    self.pool.free(place->second->second);
    self.order.erase(place->second);
    self.places.erase(place);
    return true;
  }

  int size() const { return static_cast<int>(order.size()); }

 private:
  std::list<std::pair<int, int>> order;  // key and block, newest use first
  std::unordered_map<int, std::list<std::pair<int, int>>::iterator> places;
};
