// A key/value cache in which two layers may share the directions of their older keys and values.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "buffer.h"
#include "gather_rows.h"
#include "merge_directions.h"
#include "move_rows.h"
#include "paired_rows.h"
#include "store_rows.h"

/// What two layers have in common: of each head's keys, then of each head's values.
struct PairedDirections {
  Buffer<int> places;        // (2 kv_heads, merged): of a direction, or ~ of what was kept
  Buffer<float> directions;  // (2 kv_heads, merged - retained, head_dim)
};

/// One layer of PairedKv. Its first `merged` slots are merged with those of another layer.
struct PairedLayer {
  Buffer<float> memory;        // (2, kv_heads, capacity, head_dim): keys with RoPE, then values
  Buffer<float> magnitudes;    // (2 kv_heads, merged - retained)
  Buffer<float> as_they_were;  // (2 kv_heads, retained, head_dim)
  int shared = 0;              // which PairedDirections are its own
  int merged = 0;              // slots
  int retained = 0;            // of the merged slots' keys, and of their values, of each head
  int capacity = 0;            // rows of memory
  int length = 0;              // tokens in all
};

/// The layout of MiniCache (Liu et al., 2024). As long as nothing is merged, keys and values lie as
/// in any other cache.
/// law: room_is_used_before_rows_move
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct PairedKv : coop::Artifact {
  int chunk = 64;  ///< Tokens that memory grows by; range 1..1024.

  /// Memory holds what is not merged, and never much more.
  COOP_INVARIANT(std::all_of(layers.begin(), layers.end(), [this](const PairedLayer& kv) {
    const int rows = kv.length - kv.merged;
    return rows >= 0 && rows <= kv.capacity && kv.capacity <= rows + rows / 8 + 2 * chunk;
  }));

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.chunk < 1) throw std::runtime_error("kv_cache.chunk must be at least 1");
    self.kv_heads = kv_heads;
    self.head_dim = head_dim;
    self.layers = std::vector<PairedLayer>(layers);
    self.pairs = std::vector<PairedDirections>(1);  // of layers that share nothing
    self.hooks.after_reset();
  }

  /// Tokens that `layer` keeps.
  [[coop::same]] int length(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].length;
  }

  /// Tokens of `layer`, its oldest, that were merged with those of another layer.
  [[coop::same]] int merged(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].merged;
  }

  /// Position of the token that `layer` is given next.
  [[coop::same]] int next_position(this auto& self, int layer) { return self.length(layer); }

  /// Rows from one head of keys() and values() to the next.
  /// example: rows 33; capacity(0) -> 128
  /// example: {chunk 12} rows 6; capacity(0) -> 12
  /// example: {chunk 12} rows 7 17; capacity(0) -> 24
  /// example: {chunk 1} rows 72; capacity(0) -> 81
  int capacity(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].capacity;
  }

  /// Keys of `layer`, where nothing is merged: (kv_heads, capacity, head_dim), valid until the next
  /// append.
  float* keys(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    if (self.layers[layer].merged == 0) return self.layers[layer].memory.data();
    throw std::runtime_error("kv_cache: layer " + std::to_string(layer) +
                             " is merged with another one, which " +
                             "--with Attention=PairedAttention can read");
  }

  /// Values of `layer`, as keys().
  float* values(this auto& self, int layer) {
    return self.keys(layer) + self.layers[layer].memory.size() / 2;
  }

  /// What `layer` keeps, valid until the next append or merge.
  PairedRows paired_rows(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    const PairedLayer& kv = self.layers[layer];
    const PairedDirections& pair = self.pairs[kv.shared];
    return {.places = pair.places.data(),
            .directions = pair.directions.data(),
            .magnitudes = kv.magnitudes.data(),
            .as_they_were = kv.as_they_were.data(),
            .keys = kv.memory.data(),
            .values = kv.memory.data() + kv.memory.size() / 2,
            .merged = kv.merged,
            .retained = kv.retained,
            .length = kv.length,
            .capacity = kv.capacity,
            .kv_heads = self.kv_heads,
            .head_dim = self.head_dim};
  }

  /// Bytes allocated for all layers.
  /// except: same_on_any_ranks (more ranks than key/value heads hold copies)
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = 0;
    for (const PairedLayer& kv : self.layers) {
      sum += kv.memory.bytes() + kv.magnitudes.bytes() + kv.as_they_were.bytes();
    }
    for (const PairedDirections& pair : self.pairs) {
      sum += pair.places.bytes() + pair.directions.bytes();
    }
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    PairedLayer& kv = self.layers[layer];
    const int rows = kv.length - kv.merged;
    if (rows + count > kv.capacity) self.reallocate(layer, rows, rows + count);
    float* to = kv.memory.data() + static_cast<size_t>(rows) * self.head_dim;
    store_rows(self.device, to, keys, count, self.kv_heads, self.head_dim, kv.capacity);
    store_rows(self.device, to + kv.memory.size() / 2, values, count, self.kv_heads, self.head_dim,
               kv.capacity);
    kv.length += count;
  }

  /// Merges all that `layer` and the next one keep, but for these slots of each head's keys and
  /// then of each head's values: ascending, equally many. Directions are `toward` of the way to the
  /// next layer's. Both keep as many tokens, of which none is merged.
  void merge(this auto& self, int layer, const std::vector<std::vector<int>>& retained,
             float toward) {
    COOP_EXPECTS(layer >= 0 && self.has_layer(layer + 1));
    const int heads = 2 * self.kv_heads;  // of keys and of values
    PairedLayer &a = self.layers[layer], &b = self.layers[layer + 1];
    if (a.merged + b.merged > 0 || a.length != b.length || a.capacity != b.capacity) {
      throw std::runtime_error("kv_cache: layers " + std::to_string(layer) + " and " +
                               std::to_string(layer + 1) + " cannot be merged");
    }
    std::vector<int> places, kept, slots;
    self.place(retained, a.length, places, kept, slots);
    Buffer<int> device_slots(self.device, slots.size());
    device_slots.upload(slots.data(), slots.size());
    PairedDirections& pair = self.pairs.emplace_back();
    pair.places = Buffer<int>(self.device, places.size());
    pair.places.upload(places.data(), places.size());
    pair.directions = Buffer<float>(self.device, slots.size() * self.head_dim);
    a.magnitudes = Buffer<float>(self.device, slots.size());
    b.magnitudes = Buffer<float>(self.device, slots.size());
    merge_directions(self.device, pair.directions.data(), a.magnitudes.data(), b.magnitudes.data(),
                     a.memory.data(), b.memory.data(), device_slots.data(), heads,
                     static_cast<int>(slots.size()) / heads, self.head_dim, a.capacity, toward);
    self.keep_rest(layer, kept);
    self.keep_rest(layer + 1, kept);
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  /// Where the rows of all slots are to lie, which of them stay, and which are merged.
  void place(this auto& self, const std::vector<std::vector<int>>& retained, int length,
             std::vector<int>& places, std::vector<int>& kept, std::vector<int>& merged) {
    bool fine = static_cast<int>(retained.size()) == 2 * self.kv_heads;
    for (const std::vector<int>& of_head : retained) {
      int next = 0;  // of those that stay
      for (int slot = 0; slot < length; ++slot) {
        const bool stays = next < static_cast<int>(of_head.size()) && of_head[next] == slot;
        (stays ? kept : merged).push_back(slot);
        places.push_back(stays ? ~next++ : slot - next);
      }
      fine = fine && next == static_cast<int>(of_head.size()) &&
             of_head.size() == retained.front().size();
    }
    if (fine) return;
    throw std::out_of_range("kv_cache: merge wants, of the keys and of the values of each of " +
                            std::to_string(self.kv_heads) + " heads, equally many slots below " +
                            std::to_string(length) + ", in ascending order");
  }

  /// Of `layer` the rows that are not merged, and room for those to come.
  void keep_rest(this auto& self, int layer, const std::vector<int>& kept) {
    PairedLayer& kv = self.layers[layer];
    const int heads = 2 * self.kv_heads;  // of keys and of values
    kv.shared = static_cast<int>(self.pairs.size()) - 1;
    kv.merged = kv.length;
    kv.retained = static_cast<int>(kept.size()) / heads;
    Buffer<int> rows(self.device, kept.size());
    rows.upload(kept.data(), kept.size());
    gather_rows(self.device, kv.memory.data(), rows.data(), heads, kv.retained, self.head_dim,
                kv.capacity);
    kv.as_they_were = Buffer<float>(self.device, kept.size() * self.head_dim);
    move_rows(self.device, kv.as_they_were.data(), kv.memory.data(), heads, kv.retained,
              self.head_dim, kv.retained, kv.capacity);
    self.reallocate(layer, 0, 0);
  }

  /// Gives `layer` memory for `tokens` that are not merged, if any, and some to spare, and brings
  /// there the `rows` that it has.
  void reallocate(this auto& self, int layer, int rows, int tokens) {
    PairedLayer& kv = self.layers[layer];
    const int roomy = tokens + std::max(self.chunk / 2, tokens / 8) + self.chunk - 1;
    const int capacity = roomy / self.chunk * self.chunk;
    const int heads = 2 * self.kv_heads;  // of keys and of values
    Buffer<float> memory(self.device, static_cast<size_t>(heads) * capacity * self.head_dim);
    move_rows(self.device, memory.data(), kv.memory.data(), heads, rows, self.head_dim, capacity,
              kv.capacity);
    kv.memory = std::move(memory);
    kv.capacity = capacity;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<PairedLayer> layers;
  std::vector<PairedDirections> pairs;
};
