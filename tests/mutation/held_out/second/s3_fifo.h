// Which of many keys a cache keeps, by three queues.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

/// S3-FIFO (Yang et al., 2023, "FIFO queues are all you need for cache eviction"): most keys are
/// used once, so new ones wait in a small queue, from which they go to the main one if they were
/// used again twice, and else out. Who comes back soon after that goes to the main one at once.
/// example: use(1); use(1) -> true
/// example: {capacity 2} use(1); use(2); use(3); holds(1) -> false
/// example: {capacity 2} use(1); use(2); use(2); use(2); use(3); holds(2) -> true
/// example: {capacity 3} use(1); use(1); use(1); use(2); use(3); use(4); holds(1) -> true
/// example: {capacity 3} use(1); use(1); use(1); use(2); use(3); use(4); holds(2) -> false
/// example: {capacity 3} use(1); use(1); use(2); use(3); use(4); holds(1) -> false
/// example: {capacity 3} use(1); use(2); use(3); use(4); use(1); use(5); use(6); holds(1) -> true
/// example: {capacity 0} use(1) -> refuses
struct S3Fifo : coop::Artifact {
  int capacity = 1000;       ///< Keys that are kept; range 1..100000.
  float small_share = 0.1f;  ///< Share of them for the small queue; range 0.0..1.0.

  COOP_INVARIANT(small.size() + main.size() == uses.size());
  COOP_INVARIANT(uses.empty() || static_cast<int>(uses.size()) <= capacity);
  COOP_INVARIANT(ghosts.empty() || static_cast<int>(ghosts.size()) <= self.main_capacity());

  /// Whether `key` is kept. From now on it is.
  bool use(this auto& self, int key) {
    if (self.capacity < 1) throw std::runtime_error("eviction.capacity is below 1");
    if (const auto known = self.uses.find(key); known != self.uses.end()) {
      known->second = std::min(known->second + 1, 3);
      return true;
    }
    const auto ghost = std::find(self.ghosts.begin(), self.ghosts.end(), key);
    const bool came_back = ghost != self.ghosts.end();
    if (came_back) self.ghosts.erase(ghost);
    while (static_cast<int>(self.uses.size()) >= self.capacity) self.evict();
    (came_back ? self.main : self.small).push_back(key);
    self.uses[key] = 0;
    COOP_ENSURES(self.holds(key));
    return false;
  }

  /// The same, without using it.
  bool holds(this auto& self, int key) { return self.uses.count(key) > 0; }

 private:
  /// Keys that the main queue has room for.
  int main_capacity(this auto& self) {
    return self.capacity - std::max(1, static_cast<int>(self.capacity * self.small_share));
  }

  /// Takes the next key of one of the queues out, or moves it.
  void evict(this auto& self) {
    const bool main_is_full = static_cast<int>(self.main.size()) > self.main_capacity();
    std::deque<int>& queue = main_is_full || self.small.empty() ? self.main : self.small;
    const int key = queue.front();
    queue.pop_front();
    int& uses = self.uses[key];
    if (&queue == &self.main && uses > 0) {  // once more round
      --uses;
      self.main.push_back(key);
    } else if (&queue == &self.small && uses > 1) {
      uses = 0;
      self.main.push_back(key);
    } else {
      self.uses.erase(key);
      if (&queue == &self.small) self.remember(key);
    }
  }

  /// As many of those that left the small queue as the main one has room for.
  void remember(this auto& self, int key) {
    self.ghosts.push_back(key);
    if (static_cast<int>(self.ghosts.size()) > self.main_capacity()) self.ghosts.pop_front();
  }

  std::deque<int> small, main;  // kept, the oldest first
  std::deque<int> ghosts;       // not kept, but for their keys
  std::map<int, int> uses;      // of each that is kept, since it joined its queue: 0 to 3
};
