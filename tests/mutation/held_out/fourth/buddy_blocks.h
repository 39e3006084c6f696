// Hands out runs of blocks: a run is copied to another device in one piece.
#pragma once

#include <coop/artifact.h>

#include <map>
#include <set>
#include <stdexcept>
#include <vector>

/// Buddy allocation (Knowlton, 1965). Runs have 2^n blocks and begin at a multiple of that. A run
/// that is too long is halved, and two free halves of one run become that run again.
struct BuddyBlocks : coop::Artifact {
  int order = 10;  ///< There are 2^order blocks; range 0..20.

  /// The first of `count` consecutive blocks, or -1 if there is no such run. It comes from the
  /// shortest free run that is long enough; of equally long ones, from the lowest.
  /// count  blocks wanted; range 1..1048576
  /// example: alloc(1024) -> 0
  /// example: alloc(1025) -> -1
  /// example: alloc(513); alloc(1) -> -1
  /// example: {order 3} alloc(1); alloc(2) -> 2
  /// example: {order 3} alloc(3); alloc(1) -> 4
  /// example: {order 3} alloc(1); alloc(4); alloc(1) -> 1
  /// example: {order 3} alloc(1); alloc(2); alloc(1); free(0); free(2); alloc(2) -> 2
  /// example: {order 0} alloc(1); alloc(1) -> -1
  int alloc(this auto& self, int count) {
    COOP_EXPECTS(count >= 1);
    self.begin();
    int wanted = 0;
    while (wanted <= self.order && (1 << wanted) < count) ++wanted;
    int found = wanted;
    while (found <= self.order && self.free_runs[found].empty()) ++found;
    if (found > self.order) return -1;
    const int first = *self.free_runs[found].begin();
    self.free_runs[found].erase(first);
    while (found > wanted) {
      --found;
      self.free_runs[found].insert(first + (1 << found));  // the upper half stays free
    }
    self.taken[first] = wanted;
    COOP_ENSURES(first % (1 << wanted) == 0 && first + (1 << wanted) <= 1 << self.order);
    return first;
  }

  /// Takes back the run that begins at `first`. Throws if none was handed out there.
  /// first  what alloc said; range 0..
  /// example: {order 3} alloc(5); free(0); alloc(8) -> 0
  /// example: {order 3} alloc(4); alloc(4); free(4); free(0); alloc(8) -> 0
  /// example: {order 3} alloc(2); free(1) -> refuses
  /// example: {order 3} alloc(2); free(0); free(0) -> refuses
  void free(this auto& self, int first) {
    const auto found = self.taken.find(first);
    if (found == self.taken.end()) throw std::runtime_error("no run of blocks begins there");
    int n = found->second;
    self.taken.erase(found);
    while (n < self.order && self.free_runs[n].erase(first ^ (1 << n)) > 0) {
      first &= ~(1 << n);  // the lower of the two is where both begin
      ++n;
    }
    self.free_runs[n].insert(first);
  }

  /// Blocks that are free, in runs of any length.
  /// example: free_blocks() -> 1024
  /// example: {order 3} alloc(3); free_blocks() -> 4
  /// example: {order 3} alloc(1); alloc(2); free(0); free_blocks() -> 6
  int free_blocks(this auto& self) {
    self.begin();
    int blocks = 0;
    for (int n = 0; n <= self.order; ++n) {
      blocks += static_cast<int>(self.free_runs[n].size()) << n;
    }
    return blocks;
  }

 private:
  void begin(this auto& self) {
    if (!self.free_runs.empty()) return;
    self.free_runs.resize(self.order + 1);
    self.free_runs[self.order].insert(0);
  }

  std::vector<std::set<int>> free_runs;  // by n: where free runs of 2^n blocks begin
  std::map<int, int> taken;              // n of what was handed out, by where it begins
};
