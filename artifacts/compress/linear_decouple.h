// Trained projections that make one token of several.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add_bias.h"
#include "artifacts/load/kvcm.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "matmul.h"
#include "move_rows.h"

/// FastCache (Zhu et al., 2025): once the prompt is read, each `factor` consecutive rows of a head
/// become one, W3 relu(W2 relu(W1 x + b1) + b2) + b3 of the rows in a row; keys and values, and
/// the tokens of an image and of text, have weights of their own, each layer, all heads alike. What
/// is left at the end of a part stays as it is. A part of which too little would be left stays.
/// except: field_matters (without a file nothing is compressed)
/// except: method_matters (without a file nothing is compressed)
/// except: answer_matters (without a file nothing is asked)
struct LinearDecouple : coop::Artifact {
  std::string weights = "";  ///< KVCM file of the projections; without, nothing is compressed.
  int image_tokens = 0;      ///< Tokens of an image, in front of the text; range 0..4096.

  /// A sequence begins: the file is read, and refused before there is a cache to spoil.
  void after_reset(this auto& self) {
    self.by_layer.clear();
    if (self.weights.empty()) return;
    const LlamaConfig& config = self.model.config;
    const Kvcm kvcm = read_kvcm(self.weights);
    int heads = config.kv_heads;
    if constexpr (!COOP_SINGLE_GPU) heads = self.model.kv_heads_of_all();
    self.require("layers", kvcm.layers, config.layers);
    self.require("heads", kvcm.heads, heads);
    self.require("head_dim", kvcm.head_dim, config.head_dim);
    if (self.image_tokens < 0 || (self.image_tokens > 0 && !kvcm.has_image)) {
      throw std::runtime_error("compressor.image_tokens is " + std::to_string(self.image_tokens) +
                               ", and " + self.weights + " has weights for " +
                               (kvcm.has_image ? "0 and more" : "text alone"));
    }
    self.rows_in_one = static_cast<int>(kvcm.factor);
    self.fewest_rows = static_cast<int>(kvcm.min_rows);
    for (const auto& projections : kvcm.projections) {
      self.by_layer.emplace_back();
      for (size_t i = 0; i < projections.size(); ++i) {
        self.by_layer.back()[i] = self.upload(projections[i]);
      }
    }
  }

  void after_prefill(this auto& self) {
    if (self.by_layer.empty()) return;
    const int length = self.kv_cache.length(0), image = std::min(self.image_tokens, length);
    const int rows = self.rows_of(image) + self.rows_of(length - image);
    if (rows == length) {
      if (self.world.rank() != 0) return;
      std::fprintf(stderr, "compressor: %d tokens stay as they are: by %d they are fewer than %d\n",
                   length, self.rows_in_one, self.fewest_rows);
      return;
    }
    for (int layer = 0; layer < self.model.config.layers; ++layer) {
      const std::array<Projection, 4>& mlps = self.by_layer[layer];
      const Buffer<float> keys =
          self.projected(self.kv_cache.keys(layer), layer, rows, mlps[2], mlps[0]);
      const Buffer<float> values =
          self.projected(self.kv_cache.values(layer), layer, rows, mlps[3], mlps[1]);
      self.kv_cache.replace(layer, keys, values);
    }
  }

 private:
  /// Device memory of a KvcmProjection.
  struct Projection {
    std::array<Buffer<float>, 3>
        weights;  // (head_dim, factor * head_dim), then (head_dim, head_dim)
    std::array<Buffer<float>, 3> biases;  // (head_dim)
  };

  void require(this auto& self, const std::string& field, int found, int wanted) {
    if (found == wanted) return;
    throw std::runtime_error(self.weights + ": " + field + " is " + std::to_string(found) +
                             ", but the model has " + std::to_string(wanted));
  }

  Projection upload(this auto& self, const KvcmProjection& from) {
    Projection out;
    for (size_t i = 0; i < from.size() && !from[i].weight.empty(); ++i) {
      out.weights[i] = Buffer<float>(self.device, from[i].weight.size());
      out.weights[i].upload(from[i].weight.data(), from[i].weight.size());
      out.biases[i] = Buffer<float>(self.device, self.model.config.head_dim);  // of zeros
      out.biases[i].upload(from[i].bias.data(), from[i].bias.size());
    }
    return out;
  }

  /// What becomes of the tokens of one part.
  int rows_of(this auto& self, int tokens) {
    if (tokens / self.rows_in_one < self.fewest_rows) return tokens;
    return tokens / self.rows_in_one + tokens % self.rows_in_one;
  }

  /// What becomes of keys, or of values: (kv_heads, rows, head_dim).
  Buffer<float> projected(this auto& self, const float* from, int layer, int rows,
                          const Projection& of_image, const Projection& of_text) {
    const int kv_heads = self.model.config.kv_heads, head_dim = self.model.config.head_dim;
    const int length = self.kv_cache.length(layer), image = std::min(self.image_tokens, length);
    Buffer<float> out(self.device, static_cast<size_t>(kv_heads) * rows * head_dim);
    for (int head = 0; head < kv_heads; ++head) {
      const float* first =
          from + static_cast<size_t>(head) * self.kv_cache.capacity(layer) * head_dim;
      float* to = out.data() + static_cast<size_t>(head) * rows * head_dim;
      self.project(to, first, image, of_image);
      self.project(to + static_cast<size_t>(self.rows_of(image)) * head_dim,
                   first + static_cast<size_t>(image) * head_dim, length - image, of_text);
    }
    return out;
  }

  /// One part of one head: rows that are made of `factor` each, and those that are left.
  void project(this auto& self, float* to, const float* from, int tokens, const Projection& mlp) {
    const int d = self.model.config.head_dim, kept = self.rows_of(tokens);
    const int made = kept == tokens ? 0 : tokens / self.rows_in_one;
    const size_t read = static_cast<size_t>(made) * self.rows_in_one;
    move_rows(self.device, to + static_cast<size_t>(made) * d, from + read * d, 1, kept - made, d,
              kept - made, kept - made);
    if (made == 0) return;
    Buffer<float> inner(self.device, static_cast<size_t>(made) * d);
    matmul(self.device, to, from, mlp.weights[0].data(), made, self.rows_in_one * d, d);
    add_bias(self.device, to, mlp.biases[0].data(), made, d, true);
    matmul(self.device, inner.data(), to, mlp.weights[1].data(), made, d, d);
    add_bias(self.device, inner.data(), mlp.biases[1].data(), made, d, true);
    matmul(self.device, to, inner.data(), mlp.weights[2].data(), made, d, d);
    add_bias(self.device, to, mlp.biases[2].data(), made, d, false);
  }

  int rows_in_one = 1;
  int fewest_rows = 0;
  // Of each layer: keys and values of text, then those of an image.
  std::vector<std::array<Projection, 4>> by_layer;
};
