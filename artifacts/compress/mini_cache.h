// MiniCache: two layers that are next to each other share the directions of their keys and values.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/compress/top_slots.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "row_cosines.h"

/// MiniCache (Liu et al., 2024): once the prompt is read, the layers of the model's deeper part are
/// merged two by two: of each key, and of each value, they share a direction between theirs and
/// keep a norm of their own. Those whose directions are the furthest apart stay as they are, of
/// each head its own; so does what comes later. It needs a cache whose layers can share: --with
/// Cache=PairedKv --with Attention=PairedAttention.
/// example: {depth -0.5} after_reset() -> refuses
/// example: {toward 1.5} after_reset() -> refuses
/// example: {retention 1.5} after_reset() -> refuses
struct MiniCache : coop::Artifact {
  float depth = 0.5f;   ///< Share of the layers, the first, that are not merged; range 0.0..1.0.
  float toward = 0.6f;  ///< Where between two directions, 1 is the deeper one; range 0.0..1.0.
  float retention = 0.05f;  ///< Share of the keys, and of the values, that stay; range 0.0..1.0.

  /// A sequence begins.
  void after_reset(this auto& self) {
    self.require_share("depth", self.depth);
    self.require_share("toward", self.toward);
    self.require_share("retention", self.retention);
  }

  void after_prefill(this auto& self) {
    const int layers = self.model.config.layers;
    const int first = static_cast<int>(self.depth * static_cast<float>(layers));
    for (int layer = first; layer + 1 < layers; layer += 2) {
      const int length = self.kv_cache.length(layer);
      const int retained = static_cast<int>(std::ceil(self.retention * static_cast<float>(length)));
      if (retained >= length || self.kv_cache.merged(layer) > 0) continue;
      self.kv_cache.merge(layer, top_slots(self.distances(layer), length, retained), self.toward);
    }
  }

 protected:
  /// The angles between the keys of `layer` and those of the next, then between their values, over
  /// pi: (2 kv_heads, length).
  std::vector<float> distances(this auto& self, int layer) {
    const LlamaConfig& config = self.model.config;
    const int length = self.kv_cache.length(layer), capacity = self.kv_cache.capacity(layer);
    const size_t each = static_cast<size_t>(config.kv_heads) * length;
    Buffer<float> cosines(self.device, 2 * each);
    row_cosines(self.device, cosines.data(), self.kv_cache.keys(layer),
                self.kv_cache.keys(layer + 1), config.kv_heads, length, config.head_dim, capacity);
    row_cosines(self.device, cosines.data() + each, self.kv_cache.values(layer),
                self.kv_cache.values(layer + 1), config.kv_heads, length, config.head_dim,
                capacity);
    std::vector<float> distances(cosines.size());
    cosines.download(distances.data(), distances.size());
    for (float& distance : distances) {
      distance = std::acos(std::clamp(distance, -1.0f, 1.0f)) / std::numbers::pi_v<float>;
      COOP_ENSURES(distance >= 0.0f && distance <= 1.0f);
    }
    return distances;
  }

 private:
  void require_share(this auto&, const std::string& field, float value) {
    if (value >= 0.0f && value <= 1.0f) return;
    throw std::runtime_error("compressor." + field + " is " + std::to_string(value) +
                             ", and must be from 0 to 1");
  }
};
