// Keeps caches of documents by what it would cost to make them again.
#pragma once

#include <coop/artifact.h>

#include <map>
#include <vector>

/// GreedyDual-Size-Frequency (Cherkasova, 1998), as RAGCache (Jin et al., 2024) uses it: an entry's
/// priority is what its uses saved per block, on top of that of who went last, so that what was
/// once popular ages. The lowest goes first; of equals, the one that was not used for longest.
/// except: answers_stay_with_their_key (put replaces what the key had)
struct GreedyDual : coop::Artifact {
  int capacity = 1024;  ///< Blocks held at most; `pool` has as many; range 1..65536.

  COOP_INVARIANT(used >= 0 && used <= capacity);

  /// Holds `blocks` blocks under `key`, in place of what it had; whoever is in the way goes. Says
  /// whether they fit; if not, nothing has changed. To be put is a use.
  /// blocks  of the pool; range 1..1024
  /// cost  milliseconds that it takes to make it again; range 0.0..1000.0
  /// example: put(1, 1024, 5) -> true
  /// example: put(1, 1025, 5) -> false
  /// example: {capacity 2} put(1, 2, 5); put(1, 3, 5); used_blocks() -> 2
  /// example: {capacity 4} put(1, 2, 5); put(1, 3, 5); used_blocks() -> 3
  bool put(this auto& self, int key, int blocks, double cost) {
    COOP_EXPECTS(blocks >= 1 && cost >= 0.0);
    if (blocks > self.capacity) return false;
    self.erase(key);
    while (self.used + blocks > self.capacity) self.evict();
    Entry& entry = self.entries[key];
    for (int i = 0; i < blocks; ++i) entry.blocks.push_back(self.pool.alloc());
    self.used += blocks;
    entry.cost = cost;
    self.use(entry);
    return true;
  }

  /// The blocks of `key`, which is a use of it; none if it is not held.
  std::vector<int> find(this auto& self, int key) {
    const auto found = self.entries.find(key);
    if (found == self.entries.end()) return {};
    self.use(found->second);
    return found->second.blocks;
  }

  /// Whether `key` is held. This is no use of it.
  /// The cheaper goes first, the larger, the less used, the one not used for longer:
  /// example: {capacity 2} put(1, 1, 9); put(2, 1, 5); put(3, 1, 1); holds(2) -> false
  /// example: {capacity 5} put(1, 1, 5); put(2, 4, 5); put(3, 1, 1); holds(2) -> false
  /// example: {capacity 2} put(1, 1, 2); put(2, 1, 3); find(1); put(3, 1, 1); holds(1) -> true
  /// example: {capacity 2} put(1, 1, 2); put(2, 1, 2); put(3, 1, 2); holds(1) -> false
  /// example: {capacity 2} put(1, 1, 0); put(2, 1, 0); find(1); put(3, 1, 0); holds(1) -> true
  /// Who goes lifts those that come: 3 has 5 + 4, more than the 7 of 2.
  /// example: {capacity 2} put(1, 1, 5); put(2, 1, 7); put(3, 1, 4); put(4, 1, 1); holds(3) -> true
  bool holds(this auto& self, int key) { return self.entries.count(key) > 0; }

  /// Gives the blocks of `key` back, if it is held.
  /// example: put(1, 3, 5); put(2, 1, 5); erase(1); used_blocks() -> 1
  void erase(this auto& self, int key) {
    const auto found = self.entries.find(key);
    if (found == self.entries.end()) return;
    for (int block : found->second.blocks) self.pool.free(block);
    self.used -= static_cast<int>(found->second.blocks.size());
    self.entries.erase(found);
  }

  int used_blocks(this auto& self) { return self.used; }

 private:
  struct Entry {
    std::vector<int> blocks;
    int uses = 0;
    double cost = 0.0, priority = 0.0;
    long last_use = 0;
  };

  void use(this auto& self, Entry& entry) {
    ++entry.uses;
    entry.priority = self.age + entry.uses * entry.cost / static_cast<double>(entry.blocks.size());
    entry.last_use = ++self.clock;
  }

  void evict(this auto& self) {
    auto victim = self.entries.begin();
    for (auto it = self.entries.begin(); it != self.entries.end(); ++it) {
      const Entry &a = it->second, &b = victim->second;
      if (a.priority < b.priority || (a.priority == b.priority && a.last_use < b.last_use)) {
        victim = it;
      }
    }
    self.age = victim->second.priority;
    self.erase(victim->first);
  }

  std::map<int, Entry> entries;
  int used = 0;      // blocks
  double age = 0.0;  // priority of who went last
  long clock = 0;    // uses so far
};
