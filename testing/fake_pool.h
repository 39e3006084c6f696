// Blocks that can be taken and given back.
#pragma once

#include <algorithm>
#include <set>

#include "testing/fakes.h"

namespace coop::testing {

/// The reference for the peer `pool`: no block is given twice, and only what was given comes back.
class FakePool : public Peer {
 public:
  FakePool() : Peer("pool") {}

  int alloc() { return alloc(1); }
  /// The first of `count` blocks that lie behind each other.
  int alloc(int count) {
    asks(count > 0, call_of("alloc", {double(count)}), "a count above 0");
    const int first = next_;
    for (int i = 0; i < count; ++i) live_.insert(next_++);
    return told("alloc", first);
  }
  void free(int block) {
    asks(live_.erase(block) == 1, call_of("free", {double(block)}),
         "a block that was given and is not back yet");
  }
  void free(int block, int count) {
    for (int i = 0; i < count; ++i) free(block + i);
  }
  int available() const { return told("available", kBlocks - static_cast<int>(live_.size())); }
  int capacity() const { return told("capacity", kBlocks); }

  /// Blocks that were given and are not back.
  int live() const { return static_cast<int>(live_.size()); }

  void look(std::vector<std::string>& out) const { out.push_back("pool: " + seen(live_)); }

 private:
  static constexpr int kBlocks = 1 << 20;  // more than any scenario takes
  std::set<int> live_;
  int next_ = 100;  // no answer that stands for "none"
};

}  // namespace coop::testing
