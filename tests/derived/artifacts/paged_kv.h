// A key/value cache whose rows lie in blocks of a pool.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <stdexcept>
#include <vector>

/// Key/value cache in blocks that a pool gives.
struct PagedKv : coop::Artifact {
  int block_size = 16;  ///< Tokens in a block; range 1..64

  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    for (Table& table : self.tables) {
      for (int block : table.blocks) self.pool.free(block);
    }
    self.tables.assign(layers, Table{});
    self.width = 2 * kv_heads * head_dim;
    self.memory.clear();
  }

  int length(this auto& self, int layer) { return self.tables.at(layer).length; }

  /// Blocks held by a layer.
  int blocks(this auto& self, int layer) {
    return static_cast<int>(self.tables.at(layer).blocks.size());
  }

  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    Table& table = self.tables.at(layer);
    const int half = self.width / 2;
    for (int i = 0; i < count; ++i) {
      if (table.length == static_cast<int>(table.blocks.size()) * self.block_size) {
        const int block = self.pool.alloc();
        table.blocks.push_back(block);
        self.memory[block].assign(static_cast<size_t>(self.block_size) * self.width, 0.0f);
      }
      float* row = self.row(layer, table.length);
      std::memcpy(row, keys + static_cast<size_t>(i) * half, half * sizeof(float));
      std::memcpy(row + half, values + static_cast<size_t>(i) * half, half * sizeof(float));
      ++table.length;
    }
  }

  /// Forgets all behind the first `length` tokens.
  void truncate(this auto& self, int layer, int length) {
    Table& table = self.tables.at(layer);
    if (length < 0 || length > table.length) throw std::out_of_range("truncate");
    table.length = length;
    const size_t needed = (length + self.block_size - 1) / self.block_size;
    while (table.blocks.size() > needed) {
      self.memory.erase(table.blocks.back());
      self.pool.free(table.blocks.back());
      table.blocks.pop_back();
    }
  }

  float* row(this auto& self, int layer, int slot) {
    Table& table = self.tables.at(layer);
    const int block = table.blocks.at(slot / self.block_size);
    return self.memory[block].data() + static_cast<size_t>(slot % self.block_size) * self.width;
  }

 private:
  struct Table {
    std::vector<int> blocks;
    int length = 0;
  };
  std::vector<Table> tables;
  std::map<int, std::vector<float>> memory;
  int width = 0;
};
