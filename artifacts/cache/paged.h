// A key/value cache in blocks, which lie anywhere.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add_paged_values.h"
#include "artifacts/cache/block_pool.h"
#include "artifacts/cache/check_slots.h"
#include "artifacts/cache/row_terms.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "gather_paged_rows.h"
#include "move_rows.h"
#include "paged_rows.h"
#include "replace_paged_rows.h"
#include "rope.h"
#include "rope_angles.h"
#include "row_term.h"
#include "store_rows.h"

/// One layer of PagedKv. The tokens kept are the rows [first, first + length) of what its blocks
/// hold, one behind the other.
struct PagedLayer {
  std::vector<int> blocks;     // of the pool
  int first = 0;               // row of slot 0
  int length = 0;              // tokens kept
  int next_position = 0;       // of the next token: erasing does not lower it
  Buffer<float*> table;        // where the blocks lie; empty when they have changed
  Buffer<float> keys, values;  // copies for those who read rows; empty when they are not as kept
};

/// Rows of a layer that lie in one block.
struct PagedPiece {
  float* keys = nullptr;  // of the first head; from one head to the next are `block` rows
  int rows = 0;
  int done = 0;  // rows in front of it
};

/// A layer's tokens lie in blocks, which a table lists (PagedAttention: Kwon et al., 2023): what is
/// dropped gives whole blocks back, and nothing moves when the cache grows. Slots and positions are
/// those of ContiguousKv. A block that texts share (PrefixKv) is never written: who writes gets a
/// copy.
/// law: memory_follows_what_is_kept
/// law: what_is_refused_changes_nothing
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct PagedKv : coop::Artifact {
  int block = 64;  ///< Tokens of a block; range 1..64.

  /// Blocks are as many as what is kept needs.
  COOP_INVARIANT(std::all_of(layers.begin(), layers.end(), [this](const PagedLayer& kv) {
    const int rows = kv.first + kv.length, held = static_cast<int>(kv.blocks.size()) * block;
    return kv.length <= kv.next_position && rows <= held && held - rows < block;
  }));

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.block < 1) throw std::runtime_error("kv_cache.block must be at least 1");
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.layers = std::vector<PagedLayer>(layers);
    self.is_whole = true;
    self.pool = BlockPool(2 * self.rows_behind() * head_dim);
    self.turns.clear();
    self.hooks.after_reset();
  }

  /// Begins another text, for the same model. As long as memory is for no more than `held_tokens`,
  /// blocks stay and can be found.
  void restart(this auto& self, int held_tokens = 0) {
    self.pool.hold(self.layers.size() * (held_tokens / self.block));
    size_t most = 0;
    for (int layer = 0; layer < static_cast<int>(self.layers.size()); ++layer) {
      if constexpr (requires { self.held_tokens; }) self.name_blocks(layer);
      most = std::max(most, self.layers[layer].blocks.size());
    }
    for (size_t i = most; i-- > 0;) {  // a text's end goes before its beginning
      for (const PagedLayer& kv : self.layers) {
        if (i < kv.blocks.size()) self.pool.give_back(kv.blocks[i]);
      }
    }
    self.layers = std::vector<PagedLayer>(self.layers.size());
    self.is_whole = true;
    self.hooks.after_reset();
  }

  /// In front of the first token of a text with these hashes, up to the end of each of its blocks:
  /// takes at most `most` blocks, up to the first that some layer has not; how many tokens they
  /// hold.
  [[coop::same]] int take_known(this auto& self, const std::vector<uint64_t>& hashes, int most) {
    COOP_EXPECTS(!self.layers.empty() && self.next_position(0) == 0);
    self.text_hashes = hashes;
    for (int i = 0; i < most; ++i) {
      const uint64_t hash = hashes[i];
      if (!self.is_known(hash)) break;
      for (int layer = 0; layer < static_cast<int>(self.layers.size()); ++layer) {
        PagedLayer& kv = self.layers[layer];
        kv.blocks.push_back(self.pool.find({layer, hash}));
        kv.length += self.block;
        kv.next_position += self.block;
      }
    }
    return self.next_position(0);
  }

  /// Tokens that `layer` keeps.
  [[coop::same]] int length(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].length;
  }

  /// Position of the token that `layer` is given next: how many it has been given so far.
  [[coop::same]] int next_position(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].next_position;
  }

  /// What `layer` keeps, keys with RoPE applied; valid until the next append or erase.
  PagedRows blocks(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    PagedLayer& kv = self.layers[layer];
    if (kv.table.empty() && !kv.blocks.empty()) {
      std::vector<float*> table;
      for (const int id : kv.blocks) table.push_back(self.pool.data(id));
      kv.table = Buffer<float*>(self.device, table.size());
      kv.table.upload(table.data(), table.size());
    }
    return {kv.table.data(), kv.first, kv.length, self.block, self.kv_heads, self.head_dim};
  }

  /// Rows from one head of keys() and values() to the next.
  int capacity(this auto& self, int layer) { return self.length(layer); }

  /// A copy of the keys from `slot` on, for those who read them rarely: (kv_heads, capacity,
  /// head_dim), valid until the next append or erase.
  const float* keys(this auto& self, int layer, int slot = 0) {
    COOP_EXPECTS(self.has_layer(layer) && slot >= 0 && slot <= self.length(layer));
    PagedLayer& kv = self.layers[layer];
    if (kv.keys.empty()) kv.keys = self.read(layer, 0, 0, kv.length);
    return kv.keys.data() + static_cast<size_t>(slot) * self.head_dim;
  }

  /// Values of `layer`, as keys().
  const float* values(this auto& self, int layer, int slot = 0) {
    COOP_EXPECTS(self.has_layer(layer) && slot >= 0 && slot <= self.length(layer));
    PagedLayer& kv = self.layers[layer];
    if (kv.values.empty()) kv.values = self.read(layer, 1, 0, kv.length);
    return kv.values.data() + static_cast<size_t>(slot) * self.head_dim;
  }

  /// Bytes allocated for all layers.
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = self.pool.bytes();
    for (const PagedLayer& kv : self.layers) {
      sum += kv.table.bytes() + kv.keys.bytes() + kv.values.bytes();
    }
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    PagedLayer& kv = self.layers[layer];
    const int length = kv.length, width = self.kv_heads * self.head_dim;
    if constexpr (requires { self.held_tokens; }) self.name_blocks(layer);
    kv.length += count;
    kv.next_position += count;
    self.fit(layer);
    self.own(layer, length, kv.length);
    for (const PagedPiece& piece : self.pieces(layer, length, kv.length)) {
      const size_t from = static_cast<size_t>(piece.done) * width;
      store_rows(self.device, piece.keys, keys + from, piece.rows, self.kv_heads, self.head_dim,
                 self.block);
      store_rows(self.device, piece.keys + self.rows_behind() * self.head_dim, values + from,
                 piece.rows, self.kv_heads, self.head_dim, self.block);
    }
  }

  /// Drops the slots [from, to); those behind move down by to - from.
  void erase(this auto& self, int layer, int from, int to) {
    check_slots(from, to, self.length(layer));
    PagedLayer& kv = self.layers[layer];
    const int count = to - from, behind = kv.length - to;
    const bool front = from < behind;  // fewer rows are moved by closing the gap from the front
    const int moved = front ? 0 : to, rows = front ? from : behind;
    const Buffer<float> keys = self.read(layer, 0, moved, moved + rows);
    const Buffer<float> values = self.read(layer, 1, moved, moved + rows);
    kv.first += front ? count : 0;
    kv.length -= count;
    self.is_whole = false;
    self.fit(layer);
    self.write(layer, front ? 0 : from, keys, values, rows);
    COOP_ENSURES(kv.length == from + behind);
  }

  /// Keeps these slots and drops the others: of each head its own, ascending, equally many.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    check_slots(slots, self.kv_heads, self.length(layer));
    PagedLayer& kv = self.layers[layer];
    const int kept = static_cast<int>(slots.front().size());
    const int same = self.first_moved(slots);  // blocks in front of it are not touched
    std::vector<int> rows;
    for (const std::vector<int>& of_head : slots) {
      rows.insert(rows.end(), of_head.begin() + same, of_head.end());
    }
    Buffer<int> device_rows(self.device, rows.size());
    device_rows.upload(rows.data(), rows.size());
    self.own(layer, same, kept);
    gather_paged_rows(self.device, self.blocks(layer), device_rows.data(), same, kept - same);
    kv.length = kept;
    self.is_whole = false;
    self.fit(layer);
  }

  /// Drops a token of each head, and puts the newest into its slot, as ContiguousKv does.
  void put_newest(this auto& self, int layer, const std::vector<int>& slots) {
    const int newest = self.length(layer) - 1;
    check_slots(slots, self.kv_heads, self.length(layer));
    for (const int slot : slots) self.own(layer, slot, slot + 1);
    Buffer<int> rows(self.device, slots.size());
    rows.upload(slots.data(), slots.size());
    replace_paged_rows(self.device, self.blocks(layer), rows.data(), newest);
    self.erase(layer, newest, newest + 1);
  }

  /// Of each head, term by term: adds `weight` times the value in slot `from` to that in slot `to`,
  /// as ContiguousKv does.
  void add_to_values(this auto& self, int layer, const std::vector<std::vector<RowTerm>>& terms) {
    check_terms(terms, std::vector<int>(self.kv_heads, self.length(layer)));
    const Buffer<RowTerm> rows = device_terms(self.device, terms);
    if (rows.empty()) return;
    for (const std::vector<RowTerm>& of_head : terms) {
      for (const RowTerm& term : of_head) self.own(layer, term.to, term.to + 1);
    }
    self.is_whole = false;
    add_paged_values(self.device, self.blocks(layer), rows.data(),
                     static_cast<int>(rows.size()) / self.kv_heads);
  }

  /// A copy of the keys in the slots [from, to): (kv_heads, to - from, head_dim).
  Buffer<float> copy_keys(this auto& self, int layer, int from, int to) {
    check_slots(from, to, self.length(layer));
    return self.read(layer, 0, from, to);
  }

  /// Puts keys into the slots [from, to), each turned by RoPE as if its token stood `by` positions
  /// later; keys (kv_heads, to - from, head_dim).
  void put_keys_turned(this auto& self, int layer, int from, int to, const Buffer<float>& keys,
                       int by) {
    check_slots(from, to, self.length(layer));
    const int rows = to - from;
    const std::vector<int> turns(rows, by);
    if (turns != self.turns) {  // equal in all layers of a token
      Buffer<int> positions(self.device, rows);
      positions.upload(turns.data(), rows);
      self.angles = Buffer<float>(self.device, static_cast<size_t>(rows) * self.head_dim);
      rope_angles(self.device, self.angles.data(), positions.data(), rows, self.head_dim,
                  self.model.config.rope_theta, self.model.config.rope_scaling);
      self.turns = turns;
    }
    self.is_whole = false;
    self.own(layer, from, to);
    for (const PagedPiece& piece : self.pieces(layer, from, to)) {
      const size_t done = static_cast<size_t>(piece.done) * self.head_dim;
      move_rows(self.device, piece.keys, keys.data() + done, self.kv_heads, piece.rows,
                self.head_dim, self.block, rows);
      rope(self.device, piece.keys, self.angles.data() + done, piece.rows, self.kv_heads,
           self.head_dim, self.head_dim, static_cast<size_t>(self.block) * self.head_dim,
           self.model.config.rope_layout == RopeLayout::kInterleaved);
    }
  }

  /// Turns the keys of each head by RoPE, each as if its token stood so many positions later: `by`
  /// has a number for each of the head's slots.
  void turn_keys(this auto& self, int layer, const std::vector<std::vector<int>>& by) {
    const int length = self.length(layer), head_dim = self.head_dim;
    COOP_EXPECTS(static_cast<int>(by.size()) == self.kv_heads);
    self.is_whole = false;
    self.own(layer, 0, length);
    Buffer<int> positions(self.device, length);
    Buffer<float> angles(self.device, static_cast<size_t>(length) * head_dim);
    for (int head = 0; head < self.kv_heads; ++head) {
      positions.upload(by[head].data(), length);
      rope_angles(self.device, angles.data(), positions.data(), length, head_dim,
                  self.model.config.rope_theta, self.model.config.rope_scaling);
      for (const PagedPiece& piece : self.pieces(layer, 0, length)) {
        rope(self.device, piece.keys + static_cast<size_t>(head) * self.block * head_dim,
             angles.data() + static_cast<size_t>(piece.done) * head_dim, piece.rows, 1, head_dim,
             head_dim, head_dim, self.model.config.rope_layout == RopeLayout::kInterleaved);
      }
    }
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  /// The first slot in which some head keeps another one.
  int first_moved(this auto&, const std::vector<std::vector<int>>& slots) {
    int same = static_cast<int>(slots.front().size());
    for (const std::vector<int>& of_head : slots) {
      int i = 0;
      while (i < same && of_head[i] == i) ++i;
      same = i;
    }
    return same;
  }

  /// Does every layer have a block of this hash?
  bool is_known(this auto& self, uint64_t hash) {
    for (int layer = 0; layer < static_cast<int>(self.layers.size()); ++layer) {
      if (!self.pool.knows({layer, hash})) return false;
    }
    return true;
  }

  /// Full blocks can be found from now on, if they hold what the text says and nothing else: once a
  /// compressor has dropped a token, all that follows depends on which.
  void name_blocks(this auto& self, int layer) {
    if (!self.is_whole) return;
    const PagedLayer& kv = self.layers[layer];
    const size_t full = std::min<size_t>(kv.length / self.block, self.text_hashes.size());
    for (size_t i = 0; i < full; ++i) self.pool.name(kv.blocks[i], {layer, self.text_hashes[i]});
  }

  /// Rows from a block's keys to its values.
  size_t rows_behind(this auto& self) { return static_cast<size_t>(self.kv_heads) * self.block; }

  /// Takes and gives back blocks, in front and behind, until they are those that `layer` needs.
  void fit(this auto& self, int layer) {
    PagedLayer& kv = self.layers[layer];
    const std::vector<int> before = kv.blocks;
    if (kv.length == 0) kv.first = static_cast<int>(kv.blocks.size()) * self.block;
    while (kv.first >= self.block) {
      self.pool.give_back(kv.blocks.front());
      kv.blocks.erase(kv.blocks.begin());
      kv.first -= self.block;
    }
    const size_t needed = (kv.first + kv.length + self.block - 1) / self.block;
    while (kv.blocks.size() > needed) {
      self.pool.give_back(kv.blocks.back());
      kv.blocks.pop_back();
    }
    while (kv.blocks.size() < needed) kv.blocks.push_back(self.pool.take(self.device));
    if (kv.blocks != before) kv.table = {};
    kv.keys = {};
    kv.values = {};
  }

  /// Where the slots [from, to) lie.
  std::vector<PagedPiece> pieces(this auto& self, int layer, int from, int to) {
    const PagedLayer& kv = self.layers[layer];
    std::vector<PagedPiece> out;
    for (int slot = from; slot < to; slot += out.back().rows) {
      const int row = (kv.first + slot) % self.block;
      float* block = self.pool.data(kv.blocks[(kv.first + slot) / self.block]);
      out.push_back({block + static_cast<size_t>(row) * self.head_dim,
                     std::min(self.block - row, to - slot), slot - from});
    }
    return out;
  }

  /// Whoever writes to the slots [from, to) says so: in place of blocks that others read come
  /// copies.
  void own(this auto& self, int layer, int from, int to) {
    PagedLayer& kv = self.layers[layer];
    const int end = from < to ? (kv.first + to - 1) / self.block + 1 : 0;
    for (int i = (kv.first + from) / self.block; i < end; ++i) {
      const int shared = kv.blocks[i];
      if (self.pool.is_own(shared)) continue;
      kv.blocks[i] = self.pool.take(self.device);
      move_rows(self.device, self.pool.data(kv.blocks[i]), self.pool.data(shared),
                2 * self.kv_heads, self.block, self.head_dim, self.block, self.block);
      self.pool.give_back(shared);
      kv.table = {};
    }
    kv.keys = {};
    kv.values = {};
  }

  /// A copy of the keys (side 0) or values (side 1) in the slots [from, to): (kv_heads, to - from,
  /// head_dim).
  Buffer<float> read(this auto& self, int layer, int side, int from, int to) {
    const size_t rows = to - from;
    Buffer<float> copy(self.device, self.kv_heads * rows * self.head_dim);
    for (const PagedPiece& piece : self.pieces(layer, from, to)) {
      move_rows(self.device, copy.data() + static_cast<size_t>(piece.done) * self.head_dim,
                piece.keys + side * self.rows_behind() * self.head_dim, self.kv_heads, piece.rows,
                self.head_dim, rows, self.block);
    }
    return copy;
  }

  /// Puts `rows` keys and values into the slots from `from` on; both (kv_heads, rows, head_dim).
  void write(this auto& self, int layer, int from, const Buffer<float>& keys,
             const Buffer<float>& values, int rows) {
    self.own(layer, from, from + rows);
    for (const PagedPiece& piece : self.pieces(layer, from, from + rows)) {
      const size_t done = static_cast<size_t>(piece.done) * self.head_dim;
      move_rows(self.device, piece.keys, keys.data() + done, self.kv_heads, piece.rows,
                self.head_dim, self.block, rows);
      move_rows(self.device, piece.keys + self.rows_behind() * self.head_dim, values.data() + done,
                self.kv_heads, piece.rows, self.head_dim, self.block, rows);
    }
  }

  int kv_heads = 0;
  int head_dim = 0;
  BlockPool pool;
  std::vector<PagedLayer> layers;
  std::vector<uint64_t> text_hashes;  // those of the text at hand
  bool is_whole = true;               // of this text nothing was dropped, turned or added up
  std::vector<int> turns;             // the newest turns of put_keys_turned, and their angles
  Buffer<float> angles;               // (rows, head_dim / 2, 2)
};
