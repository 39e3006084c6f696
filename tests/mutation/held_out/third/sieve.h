// SIEVE: what was asked for since the hand came by last may stay.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

/// SIEVE (Zhang et al., 2024, "SIEVE is Simpler than LRU"): entries stand in the order in which
/// they came. A hand goes from the oldest to the newest and around again; it clears the mark of who
/// was asked for and takes the first without one. A hit moves nothing. Each entry has a block of
/// `pool`, which must have `capacity` of them.
struct Sieve : coop::Artifact {
  int capacity = 16;  ///< Entries that are held; range 1..4096.

  COOP_INVARIANT(self.size() <= self.capacity);

  /// The block of `key`, or -1. Marks it.
  /// example: find(7) -> -1
  int find(this auto& self, long key) {
    const auto entry = self.entry_of(key);
    if (entry == self.entries.end()) return -1;
    entry->asked = true;
    return entry->block;
  }

  /// The block of `key`, which takes one if it has none; whoever was held longest unasked makes
  /// room.
  /// example: {capacity 0} put(1) -> refuses
  int put(this auto& self, long key) {
    if (const int block = self.find(key); block >= 0) return block;
    if (self.capacity < 1) throw std::runtime_error("sieve.capacity must be above 0");
    while (self.size() >= self.capacity) self.evict();
    self.entries.push_back({key, self.pool.alloc(), false});
    COOP_ENSURES(self.holds(key));
    return self.entries.back().block;
  }

  /// Gives the block of `key` back. Whether there was one.
  /// example: {capacity 2} put(1); put(2); remove(1); put(3); holds(2) -> true
  bool remove(this auto& self, long key) {
    const auto entry = self.entry_of(key);
    if (entry == self.entries.end()) return false;
    self.drop(static_cast<int>(entry - self.entries.begin()));
    return true;
  }

  /// Whether `key` has a block. Marks nothing.
  /// example: {capacity 2} put(1); put(2); put(3); holds(1) -> false
  /// example: {capacity 2} put(1); put(2); find(1); put(3); holds(1) -> true
  /// example: {capacity 2} put(1); put(2); find(1); put(3); holds(2) -> false
  /// example: {capacity 3} put(1); put(2); put(3); find(1); put(4); put(5); holds(1) -> true
  /// example: put(1); put(2); put(3); put(4); put(5); put(6); put(7); put(8);
  ///   put(9); put(10); put(11); put(12); put(13); put(14); put(15); put(16); holds(1) -> true
  /// example: put(1); put(2); put(3); put(4); put(5); put(6); put(7); put(8);
  ///   put(9); put(10); put(11); put(12); put(13); put(14); put(15); put(16);
  ///   put(17); holds(1) -> false
  bool holds(this auto& self, long key) { return self.entry_of(key) != self.entries.end(); }

  /// Entries that are held.
  /// example: {capacity 2} put(1); put(2); put(1); put(3); size() -> 2
  int size(this auto& self) { return static_cast<int>(self.entries.size()); }

 private:
  struct Entry {
    long key;
    int block;
    bool asked;  // since the hand came by
  };

  auto entry_of(this auto& self, long key) {
    return std::find_if(self.entries.begin(), self.entries.end(),
                        [&](const Entry& entry) { return entry.key == key; });
  }

  void evict(this auto& self) {
    if (self.hand >= self.size()) self.hand = 0;
    while (self.entries[self.hand].asked) {
      self.entries[self.hand].asked = false;
      self.hand = (self.hand + 1) % self.size();
    }
    self.drop(self.hand);
  }

  void drop(this auto& self, int index) {
    self.pool.free(self.entries[index].block);
    self.entries.erase(self.entries.begin() + index);
    if (index < self.hand) --self.hand;
  }

  std::vector<Entry> entries;  // the oldest first
  int hand = 0;                // whom it looks at next; behind the newest, the oldest
};
