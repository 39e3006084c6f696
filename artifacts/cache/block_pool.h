// Blocks of memory that are counted, found again by what they hold, and given back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "buffer.h"
#include "device.h"

/// Hands out blocks of equal size, by number. Whoever uses one holds a reference to it. A block
/// with a name outlives its last reference as long as there are no more than `held` blocks, and
/// joins the queue of those that nobody uses: find() takes it from there, and a new block takes the
/// memory of the one that has waited longest (as vLLM does: Kwon et al., 2023).
class BlockPool {
 public:
  using Name = std::pair<int, uint64_t>;  // a layer, and the hash of a text up to the block's end

  BlockPool() = default;
  explicit BlockPool(size_t floats) : floats_(floats) {}

  /// Without this no block outlives its last reference.
  void hold(size_t blocks) { held_ = blocks; }

  /// A block that nobody else refers to; what it holds is not defined.
  int take(Device& device) {
    if (!unused_.empty() && live_ >= held_) forget(unused_.front());
    if (vacant_.empty()) {
      vacant_.push_back(static_cast<int>(blocks_.size()));
      blocks_.emplace_back();
    }
    const int id = vacant_.back();
    vacant_.pop_back();
    blocks_[id].references = 1;
    blocks_[id].memory = Buffer<float>(device, floats_);
    ++live_;
    return id;
  }

  bool knows(const Name& name) const { return named_.count(name) > 0; }

  /// The block of this name, which is known, with a reference more.
  int find(const Name& name) {
    const int id = named_.at(name);
    if (blocks_[id].references++ == 0) unused_.erase(blocks_[id].place);
    return id;
  }

  /// One reference less.
  void give_back(int id) {
    Block& block = blocks_[id];
    if (--block.references > 0) return;
    block.place = unused_.insert(unused_.end(), id);
    if (!block.name || live_ > held_) forget(id);
  }

  /// From now on the block can be found, unless another one has its name.
  void name(int id, const Name& name) {
    if (held_ > 0 && !blocks_[id].name && named_.emplace(name, id).second) blocks_[id].name = name;
  }

  float* data(int id) { return blocks_[id].memory.data(); }
  int references(int id) const { return blocks_[id].references; }

  /// May its only user write to it? What has a name stays as it is: others may find it.
  bool is_own(int id) const { return blocks_[id].references == 1 && !blocks_[id].name; }

  size_t bytes() const { return live_ * floats_ * sizeof(float); }

 private:
  struct Block {
    Buffer<float> memory;
    int references = 0;
    std::optional<Name> name;
    std::list<int>::iterator place;  // in unused_, while nobody refers to it
  };

  /// Gives back the memory of a block that nobody uses.
  void forget(int id) {
    Block& block = blocks_[id];
    if (block.name) named_.erase(*block.name);
    unused_.erase(block.place);
    block = Block();
    vacant_.push_back(id);
    --live_;
  }

  size_t floats_ = 0, held_ = 0, live_ = 0;
  std::vector<Block> blocks_;
  std::vector<int> vacant_;  // without memory
  std::list<int> unused_;    // without a reference: the one that waits longest goes first
  std::map<Name, int> named_;
};
