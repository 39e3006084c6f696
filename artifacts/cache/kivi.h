// A key/value cache that keeps two, four or eight bits of a number.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "buffer.h"
#include "move_rows.h"
#include "quantize_rows.h"
#include "quantized_rows.h"
#include "store_rows.h"

/// One layer of KiviKv: its oldest tokens are quantized, its newest are not.
struct KiviLayer {
  Buffer<uint32_t> records;  // (groups there is room for, kv_heads, record_words)
  Buffer<float> newest;      // (2, kv_heads, capacity, head_dim): keys with RoPE, then values
  int capacity = 0;          // rows
  int quantized = 0;         // tokens in records
  int length = 0;            // tokens in all
};

/// KIVI (Liu et al., 2024): of each `group` of consecutive tokens, keys are quantized channel by
/// channel, since some channels are large in all tokens; values token by token. What is quantized
/// never changes, so nothing can be erased: NoCompression is its compressor, and KiviAttention
/// reads it.
/// except: what_is_meant_is_not_refused (between 2 and 8 bits there are 4)
/// law: what_is_no_layer_is_refused
/// law: too_low_a_setting_is_refused
/// law: a_reset_is_told
struct KiviKv : coop::Artifact {
  int bits = 4;        ///< Of a quantized number: 2, 4 or 8; range 2..8.
  int group = 32;      ///< Tokens quantized together, and channels of a value; range 1..256.
  int residual = 128;  ///< Newest tokens that stay in full precision; range 0..4096.

  /// Empties the cache and gives it a model's shape.
  void reset(this auto& self, int layers, int kv_heads, int head_dim) {
    COOP_EXPECTS(layers >= 0 && kv_heads > 0 && head_dim > 0);
    if (self.bits != 2 && self.bits != 4 && self.bits != 8) {
      throw std::runtime_error("kv_cache.bits is " + std::to_string(self.bits) +
                               ", and must be 2, 4 or 8");
    }
    if (self.group < 1) throw std::runtime_error("kv_cache.group must be at least 1");
    if (self.residual < 0) throw std::runtime_error("kv_cache.residual must be at least 0");
    if (head_dim % std::min(self.group, head_dim) != 0) {
      throw std::runtime_error("kv_cache.group is " + std::to_string(self.group) +
                               ", and must divide the " + std::to_string(head_dim) +
                               " channels of a head");
    }
    self.kv_heads = kv_heads;
    self.format = {.bits = self.bits, .group = self.group, .head_dim = head_dim};
    self.layers = std::vector<KiviLayer>(layers);
    self.hooks.after_reset();
  }

  /// Tokens that `layer` keeps.
  [[coop::same]] int length(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    return self.layers[layer].length;
  }

  /// Position of the token that `layer` is given next.
  [[coop::same]] int next_position(this auto& self, int layer) { return self.length(layer); }

  /// What `layer` keeps, valid until the next append.
  QuantizedRows quantized(this auto& self, int layer) {
    COOP_EXPECTS(self.has_layer(layer));
    const KiviLayer& kv = self.layers[layer];
    return {.format = self.format,
            .records = kv.records.data(),
            .keys = kv.newest.data(),
            .values = kv.newest.data() + kv.newest.size() / 2,
            .quantized = kv.quantized,
            .length = kv.length,
            .capacity = kv.capacity};
  }

  /// Bytes allocated for all layers.
  [[coop::sum]] size_t bytes(this auto& self) {
    size_t sum = 0;
    for (const KiviLayer& kv : self.layers) sum += kv.records.bytes() + kv.newest.bytes();
    return sum;
  }

  /// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim). They
  /// are not quantized before the next are stored, so a prompt's chunk attends to what it is.
  void append(this auto& self, int layer, const float* keys, const float* values, int count) {
    COOP_EXPECTS(self.has_layer(layer) && count >= 0);
    self.make_room(layer, count);
    KiviLayer& kv = self.layers[layer];
    const int head_dim = self.format.head_dim;
    float* to = kv.newest.data() + static_cast<size_t>(kv.length - kv.quantized) * head_dim;
    store_rows(self.device, to, keys, count, self.kv_heads, head_dim, kv.capacity);
    store_rows(self.device, to + kv.newest.size() / 2, values, count, self.kv_heads, head_dim,
               kv.capacity);
    kv.length += count;
    COOP_ENSURES(kv.quantized % self.group == 0 && kv.length - kv.quantized <= kv.capacity);
    COOP_ENSURES(kv.quantized == 0 || kv.length - kv.quantized >= self.residual);
  }

 private:
  bool has_layer(this auto& self, int layer) {
    return layer >= 0 && layer < static_cast<int>(self.layers.size());
  }

  /// Quantizes all groups in front of the residual, and makes room for `count` tokens more.
  void make_room(this auto& self, int layer, int count) {
    KiviLayer& kv = self.layers[layer];
    const int head_dim = self.format.head_dim, before = kv.quantized;
    while (kv.length - kv.quantized >= self.residual + self.group) {
      self.quantize_group(layer, kv.quantized - before);
    }
    const int rows = kv.length - kv.quantized, capacity = self.residual + self.group - 1 + count;
    const float* rest = kv.newest.data() + static_cast<size_t>(kv.quantized - before) * head_dim;
    if (capacity == kv.capacity) {
      if (kv.quantized > before) {
        move_rows(self.device, kv.newest.data(), rest, 2 * self.kv_heads, rows, head_dim, capacity,
                  capacity);
      }
      return;
    }
    Buffer<float> newest(self.device, size_t{2} * self.kv_heads * capacity * head_dim);
    move_rows(self.device, newest.data(), rest, 2 * self.kv_heads, rows, head_dim, capacity,
              kv.capacity);
    kv.newest = std::move(newest);
    kv.capacity = capacity;
  }

  /// The next record: the rows [first, first + group) of `newest`.
  void quantize_group(this auto& self, int layer, int first) {
    KiviLayer& kv = self.layers[layer];
    const int words = self.kv_heads * self.format.record_words();  // of a group
    const int groups = kv.quantized / self.group;
    if (groups * static_cast<size_t>(words) == kv.records.size()) {
      Buffer<uint32_t> records(self.device, (groups + groups / 8 + 1) * static_cast<size_t>(words));
      move_rows(self.device, reinterpret_cast<float*>(records.data()),  // bytes, as they are
                reinterpret_cast<const float*>(kv.records.data()), 1, groups, words, groups,
                groups);
      kv.records = std::move(records);
    }
    const float* keys = kv.newest.data() + static_cast<size_t>(first) * self.format.head_dim;
    quantize_rows(self.device, kv.records.data() + groups * static_cast<size_t>(words), keys,
                  keys + kv.newest.size() / 2, self.kv_heads, kv.capacity, self.format);
    kv.quantized += self.group;
  }

  int kv_heads = 0;
  QuantizedFormat format;
  std::vector<KiviLayer> layers;
};
