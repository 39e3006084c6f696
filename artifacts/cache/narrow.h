// A key/value cache whose older keys may have fewer channels than its newer ones.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add_rows.h"
#include "artifacts/cache/check_slots.h"
#include "artifacts/cache/row_terms.h"
#include "buffer.h"
#include "copy_rows.h"
#include "gather_channels.h"
#include "gather_rows.h"
#include "move_rows.h"
#include "narrow_rows.h"
#include "row_term.h"
#include "store_rows.h"

/// One layer of NarrowKv. The keys of its first `narrow` slots have some of their channels, all
/// others are whole.
struct NarrowLayer {
  Buffer<float> narrow_keys;  // (kv_heads, narrow, channels)
  Buffer<int> channels;       // (kv_heads, channels): which they are
  Buffer<float> keys;         // (kv_heads, capacity - narrow, head_dim), with RoPE applied
  Buffer<float> values;       // (kv_heads, capacity, head_dim)
  int narrow = 0;             // slots
  int capacity = 0;           // slots
  int length = 0;             // tokens kept
  int next_position = 0;      // of the next token: what is dropped does not lower it
};

/// The layout of ThinK (Xu et al., 2024): a head's older keys are rows of as many numbers as it has
/// channels left. As long as none lost any, keys and values lie as in any other cache.
/// law: room_is_used_before_rows_move
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct NarrowKv : coop::Artifact {
  int chunk = 64;  ///< Tokens that memory grows by; range 1..1024.

  /// Memory holds what is kept, and never much more.
  COOP_INVARIANT(std::all_of(layers.begin(), layers.end(), [this](const NarrowLayer& kv) {
    return kv.narrow <= kv.length && kv.length <= kv.capacity && kv.length <= kv.next_position &&
           kv.capacity <= kv.length + kv.length / 8 + 3 * chunk;
  }));

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.chunk < 1) throw std::runtime_error("kv_cache.chunk must be at least 1");
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.layers = std::vector<NarrowLayer>(layers);
    self.hooks.after_reset();
  }

  /// Tokens that `layer` keeps.
  [[coop::same]] int length(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].length;
  }

  /// Tokens of `layer`, its oldest, whose keys lost channels.
  [[coop::same]] int narrow(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].narrow;
  }

  /// Position of the token that `layer` is given next: how many it has been given so far.
  [[coop::same]] int next_position(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].next_position;
  }

  /// Rows from one head of keys() and values() to the next, where all keys are whole.
  /// example: rows 33; capacity(0) -> 128
  /// example: {chunk 12} rows 6; capacity(0) -> 12
  /// example: {chunk 12} rows 7 17; capacity(0) -> 24
  /// example: {chunk 1} rows 72; capacity(0) -> 81
  int capacity(this auto& self, int layer) {
    self.expect_whole_keys(layer);
    return self.layers[layer].capacity;
  }

  /// Keys of `layer`, where all are whole: (kv_heads, capacity, head_dim), valid until the next
  /// append or keep.
  float* keys(this auto& self, int layer) {
    self.expect_whole_keys(layer);
    return self.layers[layer].keys.data();
  }

  /// Values of `layer`, as keys().
  float* values(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].values.data();
  }

  /// What `layer` keeps, valid until the next append, keep or keep_channels.
  NarrowRows narrow_rows(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    const NarrowLayer& kv = self.layers[layer];
    return {.narrow_keys = kv.narrow_keys.data(),
            .kept = kv.channels.data(),
            .keys = kv.keys.data(),
            .values = kv.values.data(),
            .narrow = kv.narrow,
            .channels = static_cast<int>(kv.channels.size()) / self.kv_heads,
            .length = kv.length,
            .capacity = kv.capacity};
  }

  /// Bytes allocated for all layers.
  /// except: same_on_any_ranks (more ranks than key/value heads hold copies)
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = 0;
    for (const NarrowLayer& kv : self.layers) {
      sum += kv.narrow_keys.bytes() + kv.channels.bytes() + kv.keys.bytes() + kv.values.bytes();
    }
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    NarrowLayer& kv = self.layers[layer];
    if (kv.length + count > kv.capacity) {
      self.reallocate(layer, self.roomy(kv.length + count), kv.narrow);
    }
    const size_t head_dim = self.head_dim;
    store_rows(self.device, kv.keys.data() + (kv.length - kv.narrow) * head_dim, keys, count,
               self.kv_heads, self.head_dim, kv.capacity - kv.narrow);
    store_rows(self.device, kv.values.data() + kv.length * head_dim, values, count, self.kv_heads,
               self.head_dim, kv.capacity);
    kv.length += count;
    kv.next_position += count;
  }

  /// Keeps these slots and drops the others: of each head its own, ascending, equally many. All
  /// keys are whole.
  void keep(this auto& self, int layer, const std::vector<std::vector<int>>& slots) {
    self.expect_whole_keys(layer);
    NarrowLayer& kv = self.layers[layer];
    const std::vector<int> rows = self.checked(slots, kv.length);
    const int kept = static_cast<int>(slots.front().size());
    Buffer<int> device_rows(self.device, rows.size());
    device_rows.upload(rows.data(), rows.size());
    for (Buffer<float>* memory : {&kv.keys, &kv.values}) {
      gather_rows(self.device, memory->data(), device_rows.data(), self.kv_heads, kept,
                  self.head_dim, kv.capacity);
    }
    kv.length = kept;
    self.reallocate(layer, self.roomy(kept), 0);
  }

  /// Drops a token of each head, and puts the newest into its slot, as ContiguousKv does. All keys
  /// are whole.
  void put_newest(this auto& self, int layer, const std::vector<int>& slots) {
    self.expect_whole_keys(layer);
    check_slots(slots, self.kv_heads, self.length(layer));
    NarrowLayer& kv = self.layers[layer];
    std::vector<int> rows(2 * slots.size());  // those that are written, then those that are read
    for (int head = 0; head < self.kv_heads; ++head) {
      rows[head] = head * kv.capacity + slots[head];
      rows[self.kv_heads + head] = head * kv.capacity + kv.length - 1;
    }
    Buffer<int> device_rows(self.device, rows.size());
    device_rows.upload(rows.data(), rows.size());
    for (Buffer<float>* memory : {&kv.keys, &kv.values}) {
      copy_rows(self.device, memory->data(), device_rows.data(), device_rows.data() + self.kv_heads,
                self.kv_heads, self.head_dim);
    }
    --kv.length;
    if (kv.capacity > kv.length + kv.length / 8 + 3 * self.chunk) {
      self.reallocate(layer, self.roomy(kv.length), 0);
    }
  }

  /// Of each head, term by term: adds `weight` times the value in slot `from` to that in slot `to`,
  /// as ContiguousKv does.
  void add_to_values(this auto& self, int layer, const std::vector<std::vector<RowTerm>>& terms) {
    check_terms(terms, std::vector<int>(self.kv_heads, self.length(layer)));
    const Buffer<RowTerm> rows = device_terms(self.device, terms);
    add_rows(self.device, self.values(layer), rows.data(), self.kv_heads,
             static_cast<int>(rows.size()) / self.kv_heads, self.head_dim,
             self.layers[layer].capacity);
  }

  /// Keeps these channels of the keys in the first `count` slots, and drops the others: of each
  /// head its own, ascending, equally many. All keys are whole, so this can be done once.
  void keep_channels(this auto& self, int layer, const std::vector<std::vector<int>>& channels,
                     int count) {
    self.expect_whole_keys(layer);
    NarrowLayer& kv = self.layers[layer];
    COOP_EXPECTS(count >= 0 && count <= kv.length);
    const std::vector<int> kept = self.checked(channels, self.head_dim);
    const int kept_count = static_cast<int>(channels.front().size());
    kv.channels = Buffer<int>(self.device, kept.size());
    kv.channels.upload(kept.data(), kept.size());
    kv.narrow_keys = Buffer<float>(self.device, kept.size() * count);
    gather_channels(self.device, kv.narrow_keys.data(), kv.keys.data(), kv.channels.data(),
                    self.kv_heads, count, kept_count, self.head_dim, kv.capacity);
    self.reallocate(layer, kv.capacity, count);
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  void expect_whole_keys(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    if (self.layers[layer].narrow == 0) return;
    throw std::runtime_error("kv_cache: keys of layer " + std::to_string(layer) +
                             " lost channels: --with Attention=NarrowAttention reads such keys");
  }

  /// What is chosen of each head, one head behind the other.
  std::vector<int> checked(this auto& self, const std::vector<std::vector<int>>& of_heads,
                           int end) {
    std::vector<int> all;
    bool fine = static_cast<int>(of_heads.size()) == self.kv_heads;
    for (const std::vector<int>& chosen : of_heads) {
      fine = fine && chosen.size() == of_heads.front().size();
      for (size_t i = 0; i < chosen.size(); ++i) {
        fine = fine && chosen[i] > (i == 0 ? -1 : chosen[i - 1]) && chosen[i] < end;
      }
      all.insert(all.end(), chosen.begin(), chosen.end());
    }
    if (fine) return all;
    throw std::out_of_range("kv_cache: to be kept are, of each of " +
                            std::to_string(self.kv_heads) + " heads, equally many below " +
                            std::to_string(end) + ", in ascending order");
  }

  /// Slots for `tokens` and some to spare.
  int roomy(this auto& self, int tokens) {
    const int slots = tokens + std::max(self.chunk / 2, tokens / 8) + self.chunk - 1;
    return slots / self.chunk * self.chunk;
  }

  /// Gives `layer` memory for `capacity` slots, of which those from `narrow` on have whole keys.
  void reallocate(this auto& self, int layer, int capacity, int narrow) {
    NarrowLayer& kv = self.layers[layer];
    const size_t row = static_cast<size_t>(self.kv_heads) * self.head_dim;
    Buffer<float> keys(self.device, row * (capacity - narrow)), values(self.device, row * capacity);
    move_rows(self.device, keys.data(),
              kv.keys.data() + static_cast<size_t>(narrow - kv.narrow) * self.head_dim,
              self.kv_heads, kv.length - narrow, self.head_dim, capacity - narrow,
              kv.capacity - kv.narrow);
    move_rows(self.device, values.data(), kv.values.data(), self.kv_heads, kv.length, self.head_dim,
              capacity, kv.capacity);
    kv.keys = std::move(keys);
    kv.values = std::move(values);
    kv.narrow = narrow;
    kv.capacity = capacity;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<NarrowLayer> layers;
};
