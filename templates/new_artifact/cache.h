// A cache keeps the keys and values of past tokens. A model appends to it, attention reads it, and
// a compressor erases; all of them know it by its name, and only by the methods below. Others that
// a compressor may want (copy_keys, add_to_values) are in artifacts/cache/contiguous.h.
//
// Memory is of the device: it is never read through data(), but moved by kernels, whose headers are
// included by their bare names. `combine list SERVICE` prints what there is to reach.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

#include "buffer.h"
#include "move_rows.h"
#include "store_rows.h"

/// Room for a fixed number of tokens, taken at once. A beginning: memory could follow what is kept.
struct NewCache : coop::Artifact {
  int tokens = 2048;  ///< Most tokens that a layer can keep.

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.lengths.assign(layers, 0);
    self.positions.assign(layers, 0);
    self.memory.clear();
    for (int layer = 0; layer < layers; ++layer) {
      self.memory.emplace_back(self.device, 2 * self.half());
    }
  }

  /// Tokens that `layer` keeps.
  int length(this auto& self, int layer) { return self.lengths[layer]; }

  /// Position of the token that `layer` is given next: erasing does not lower it.
  int next_position(this auto& self, int layer) { return self.positions[layer]; }

  /// Rows from one head of keys() and values() to the next.
  int capacity(this auto& self, int) { return self.tokens; }

  /// Keys from `slot` on: (kv_heads, capacity, head_dim).
  float* keys(this auto& self, int layer, int slot = 0) {
    return self.memory[layer].data() + static_cast<size_t>(slot) * self.head_dim;
  }

  /// Values of `layer`, as keys().
  float* values(this auto& self, int layer, int slot = 0) {
    return self.keys(layer, slot) + self.half();
  }

  /// Bytes allocated for all layers.
  size_t bytes(this auto& self) { return self.memory.size() * 2 * self.half() * sizeof(float); }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    const int length = self.lengths[layer];
    if (length + count > self.tokens) throw std::runtime_error("the cache is full");
    store_rows(self.device, self.keys(layer, length), keys, count, self.kv_heads, self.head_dim,
               self.tokens);
    store_rows(self.device, self.values(layer, length), values, count, self.kv_heads, self.head_dim,
               self.tokens);
    self.lengths[layer] += count;
    self.positions[layer] += count;
  }

  /// Drops the slots [from, to); those behind move down by to - from.
  void erase(this auto& self, int layer, int from, int to) {
    if (from < 0 || to < from || to > self.lengths[layer]) {
      throw std::out_of_range("erase: the cache has no such slots");
    }
    move_rows(self.device, self.keys(layer, from), self.keys(layer, to), 2 * self.kv_heads,
              self.lengths[layer] - to, self.head_dim, self.tokens, self.tokens);
    self.lengths[layer] -= to - from;
  }

 private:
  /// Floats of the keys of a layer, or of its values.
  size_t half(this auto& self) {
    return static_cast<size_t>(self.kv_heads) * self.tokens * self.head_dim;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<int> lengths, positions;  // by layer
  std::vector<Buffer<float>> memory;    // by layer: (2, kv_heads, tokens, head_dim)
};
