// A key/value cache that keeps each head's tokens in one piece of memory.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "add_rows.h"
#include "artifacts/cache/check_slots.h"
#include "artifacts/cache/row_terms.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "gather_rows.h"
#include "move_rows.h"
#include "replace_rows.h"
#include "rope.h"
#include "rope_angles.h"
#include "row_term.h"
#include "store_rows.h"

/// One layer of ContiguousKv. The tokens kept are the rows [first, first + length) of each head.
struct KvLayer {
  Buffer<float> memory;   // (2, kv_heads, capacity, head_dim): keys with RoPE applied, then values
  int capacity = 0;       // rows
  int first = 0;          // row of slot 0
  int length = 0;         // tokens kept
  int next_position = 0;  // of the next token: erasing does not lower it
};

/// Each head's keys, and its values, lie in one piece; memory follows what is kept. A slot is where
/// a token is stored; its position, by which RoPE turned its key, outlives every erase.
/// law: memory_follows_what_is_kept
/// law: room_is_used_before_rows_move
/// law: what_is_refused_changes_nothing
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct ContiguousKv : coop::Artifact {
  int chunk = 64;  ///< Tokens that memory grows by; range 1..1024.

  /// Nothing lies outside of its memory, and what was erased has been given once.
  COOP_INVARIANT(std::all_of(layers.begin(), layers.end(), [](const KvLayer& kv) {
    return kv.first + kv.length <= kv.capacity && kv.length <= kv.next_position;
  }));

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.chunk < 1) throw std::runtime_error("kv_cache.chunk must be at least 1");
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.layers = std::vector<KvLayer>(layers);
    self.turns.clear();
    self.hooks.after_reset();
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

  /// Rows from one head of keys() and values() to the next.
  /// example: {chunk 1} rows 72; capacity(0) -> 81
  /// example: {chunk 12} rows 7; capacity(0) -> 24
  /// example: {chunk 12} rows 1; capacity(0) -> 12
  int capacity(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].capacity;
  }

  /// Keys from `slot` on: (kv_heads, capacity, head_dim), valid until the next append or erase.
  float* keys(this auto& self, int layer, int slot = 0) {
    COOP_EXPECTS(self.has_layer(layer) && slot >= 0 && slot <= self.length(layer));
    KvLayer& kv = self.layers[layer];
    return kv.memory.data() + static_cast<size_t>(kv.first + slot) * self.head_dim;
  }

  /// Values of `layer`, as keys().
  float* values(this auto& self, int layer, int slot = 0) {
    const size_t behind = static_cast<size_t>(self.kv_heads) * self.capacity(layer) * self.head_dim;
    return self.keys(layer, slot) + behind;
  }

  /// Bytes allocated for all layers.
  /// except: same_on_any_ranks (more ranks than key/value heads hold copies)
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = 0;
    for (const KvLayer& kv : self.layers) sum += kv.memory.bytes();
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    KvLayer& kv = self.layers[layer];
    const int needed = kv.length + count;
    if (kv.first + needed > kv.capacity) self.reallocate(layer, needed);
    store_rows(self.device, self.keys(layer, kv.length), keys, count, self.kv_heads, self.head_dim,
               kv.capacity);
    store_rows(self.device, self.values(layer, kv.length), values, count, self.kv_heads,
               self.head_dim, kv.capacity);
    kv.length = needed;
    kv.next_position += count;
  }

  /// Drops the slots [from, to); those behind move down by to - from.
  void erase(this auto& self, int layer, int from, int to) {
    check_slots(from, to, self.length(layer));
    KvLayer& kv = self.layers[layer];
    const int count = to - from, behind = kv.length - to;
    const bool front = from < behind;  // fewer rows are moved by closing the gap from the front
    move_rows(self.device, self.keys(layer, front ? count : from), self.keys(layer, front ? 0 : to),
              2 * self.kv_heads, front ? from : behind, self.head_dim, kv.capacity, kv.capacity);
    kv.first += front ? count : 0;
    kv.length -= count;
    const int plenty = kv.length + kv.length / 8 + 3 * self.chunk;
    if (kv.capacity > plenty) self.reallocate(layer, kv.length);
    COOP_ENSURES(kv.length == from + behind && kv.capacity <= plenty);
  }

  /// Keeps these slots and drops the others: of each head its own, ascending, equally many.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    check_slots(slots, self.kv_heads, self.length(layer));
    const int kept = static_cast<int>(slots.front().size());
    std::vector<int> rows;
    for (const std::vector<int>& of_head : slots) {
      rows.insert(rows.end(), of_head.begin(), of_head.end());
    }
    Buffer<int> device_rows(self.device, rows.size());
    device_rows.upload(rows.data(), rows.size());
    for (float* memory : {self.keys(layer), self.values(layer)}) {
      gather_rows(self.device, memory, device_rows.data(), self.kv_heads, kept, self.head_dim,
                  self.capacity(layer));
    }
    self.erase(layer, kept, self.length(layer));
  }

  /// Drops a token of each head, and puts the newest into its slot, slots[head]: nothing else
  /// moves, whatever the length. Slots are no longer in the order of positions then.
  void put_newest(this auto& self, int layer, const std::vector<int>& slots) {
    const int newest = self.length(layer) - 1;
    check_slots(slots, self.kv_heads, self.length(layer));
    Buffer<int> rows(self.device, slots.size());
    rows.upload(slots.data(), slots.size());
    replace_rows(self.device, self.keys(layer), rows.data(), newest, self.kv_heads, self.head_dim,
                 self.capacity(layer));
    self.erase(layer, newest, newest + 1);
  }

  /// Of each head, term by term: adds `weight` times the value in slot `from` to that in slot `to`.
  /// Keys stay as they are.
  void add_to_values(this auto& self, int layer, const std::vector<std::vector<RowTerm>>& terms) {
    check_terms(terms, std::vector<int>(self.kv_heads, self.length(layer)));
    const Buffer<RowTerm> rows = device_terms(self.device, terms);
    add_rows(self.device, self.values(layer), rows.data(), self.kv_heads,
             static_cast<int>(rows.size()) / self.kv_heads, self.head_dim, self.capacity(layer));
  }

  /// Puts other rows, fewer or as many, in the place of all that `layer` keeps; keys and values
  /// (kv_heads, rows, head_dim). Positions go on as they were.
  void replace(this auto& self, int layer, const Buffer<float>& keys, const Buffer<float>& values) {
    const int rows = static_cast<int>(keys.size()) / (self.kv_heads * self.head_dim);
    check_slots(0, rows, self.length(layer));
    KvLayer& kv = self.layers[layer];
    kv.length = 0;
    self.reallocate(layer, rows);
    move_rows(self.device, self.keys(layer), keys.data(), self.kv_heads, rows, self.head_dim,
              kv.capacity, rows);
    move_rows(self.device, self.values(layer), values.data(), self.kv_heads, rows, self.head_dim,
              kv.capacity, rows);
    kv.length = rows;
  }

  /// A copy of the keys in the slots [from, to): (kv_heads, to - from, head_dim).
  Buffer<float> copy_keys(this auto& self, int layer, int from, int to) {
    check_slots(from, to, self.length(layer));
    const int rows = to - from;
    Buffer<float> copy(self.device, static_cast<size_t>(self.kv_heads) * rows * self.head_dim);
    move_rows(self.device, copy.data(), self.keys(layer, from), self.kv_heads, rows, self.head_dim,
              rows, self.capacity(layer));
    return copy;
  }

  /// Puts keys into the slots [from, to), each turned by RoPE as if its token stood `by` positions
  /// later; keys (kv_heads, to - from, head_dim).
  void put_keys_turned(this auto& self, int layer, int from, int to, const Buffer<float>& keys,
                       int by) {
    check_slots(from, to, self.length(layer));
    const int rows = to - from, capacity = self.capacity(layer);
    const std::vector<int> turns(rows, by);
    if (turns != self.turns) {  // equal in all layers of a token
      Buffer<int> positions(self.device, rows);
      positions.upload(turns.data(), rows);
      self.angles = Buffer<float>(self.device, static_cast<size_t>(rows) * self.head_dim);
      rope_angles(self.device, self.angles.data(), positions.data(), rows, self.head_dim,
                  self.model.config.rope_theta, self.model.config.rope_scaling);
      self.turns = turns;
    }
    move_rows(self.device, self.keys(layer, from), keys.data(), self.kv_heads, rows, self.head_dim,
              capacity, rows);
    rope(self.device, self.keys(layer, from), self.angles.data(), rows, self.kv_heads,
         self.head_dim, self.head_dim, static_cast<size_t>(capacity) * self.head_dim,
         self.model.config.rope_layout == RopeLayout::kInterleaved);
  }

  /// Turns the keys of each head by RoPE, each as if its token stood so many positions later: `by`
  /// has a number for each of the head's slots.
  void turn_keys(this auto& self, int layer, const std::vector<std::vector<int>>& by) {
    const int length = self.length(layer), head_dim = self.head_dim;
    COOP_EXPECTS(static_cast<int>(by.size()) == self.kv_heads);
    Buffer<int> positions(self.device, length);
    Buffer<float> angles(self.device, static_cast<size_t>(length) * head_dim);
    for (int head = 0; head < self.kv_heads; ++head) {
      positions.upload(by[head].data(), length);
      rope_angles(self.device, angles.data(), positions.data(), length, head_dim,
                  self.model.config.rope_theta, self.model.config.rope_scaling);
      const size_t row = static_cast<size_t>(head) * self.capacity(layer);
      rope(self.device, self.keys(layer) + row * head_dim, angles.data(), length, 1, head_dim,
           head_dim, head_dim, self.model.config.rope_layout == RopeLayout::kInterleaved);
    }
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  /// Gives `layer` memory for `tokens` and some to spare, and brings what it keeps to the front.
  void reallocate(this auto& self, int layer, int tokens) {
    KvLayer& kv = self.layers[layer];
    const int roomy = tokens + std::max(self.chunk / 2, tokens / 8) + self.chunk - 1;
    const int capacity = roomy / self.chunk * self.chunk;
    const int heads = 2 * self.kv_heads;  // of keys and of values
    Buffer<float> memory(self.device, static_cast<size_t>(heads) * capacity * self.head_dim);
    move_rows(self.device, memory.data(), self.keys(layer), heads, kv.length, self.head_dim,
              capacity, kv.capacity);
    kv.memory = std::move(memory);
    kv.capacity = capacity;
    kv.first = 0;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<KvLayer> layers;
  std::vector<int> turns;  // the newest turns of put_keys_turned, and their angles
  Buffer<float> angles;    // (rows, head_dim / 2, 2)
};
