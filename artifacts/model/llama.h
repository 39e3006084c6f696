// The Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "add.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "embed.h"
#include "matmul.h"
#include "rms_norm.h"
#include "rope.h"
#include "rope_angles.h"
#include "silu_mul.h"

/// Llama (Touvron et al., 2023). Keys and values live in `kv_cache`, attention is `attention`, and
/// weights come from `loader`. After each layer has attended, `hooks.after_append(layer)` lets
/// whoever is registered compress that layer's cache.
struct Llama : coop::Artifact {
  int prefill_chunk = 64;  ///< Tokens of a prompt that are computed together.

  LlamaConfig config;  // from the loader

  /// Reads the model at `path` and empties the cache. Throws what the loader throws.
  void load(this auto& self, const std::string& path) {
    if (self.prefill_chunk < 1) throw std::runtime_error("model.prefill_chunk must be at least 1");
    self.loader.load(path, self.config, self.weights);
    const LlamaConfig& config = self.config;
    const size_t rows = self.prefill_chunk;
    self.tokens = Buffer<int>(self.device, rows);
    self.positions = Buffer<int>(self.device, rows);
    self.angles = Buffer<float>(self.device, rows * config.head_dim);
    self.residual = Buffer<float>(self.device, rows * config.dim);
    self.normed = Buffer<float>(self.device, rows * config.dim);
    self.queries = Buffer<float>(self.device, rows * config.heads * config.head_dim);
    self.keys = Buffer<float>(self.device, rows * config.kv_heads * config.head_dim);
    self.values = Buffer<float>(self.device, rows * config.kv_heads * config.head_dim);
    self.attended = Buffer<float>(self.device, rows * config.heads * config.head_dim);
    self.gate = Buffer<float>(self.device, rows * config.ffn_dim);
    self.up = Buffer<float>(self.device, rows * config.ffn_dim);
    self.kv_cache.reset(config.layers, config.kv_heads, config.head_dim);
  }

  /// Runs all of `tokens` through the model, prefill_chunk at a time.
  void prefill(this auto& self, const std::vector<int>& tokens) {
    const int count = static_cast<int>(tokens.size());
    for (int i = 0; i < count; i += self.prefill_chunk) {
      self.forward(tokens.data() + i, std::min(self.prefill_chunk, count - i));
    }
  }

  /// Runs the next `count` tokens of the sequence, 1 to prefill_chunk, through all layers.
  void forward(this auto& self, const int* tokens, int count) {
    self.place(tokens, count);
    embed(self.device, self.residual.data(), self.weights.token_embedding.data(),
          self.tokens.data(), count, self.config.dim);
    for (int layer = 0; layer < self.config.layers; ++layer) {
      self.attention_block(layer, count);
      self.feed_forward_block(layer, count);
      self.hooks.after_append(layer);
    }
    self.rows = count;
  }

  /// Logits of the last `count` tokens of the last forward: (count, vocab_size), on the host.
  const std::vector<float>& logits(this auto& self, int count = 1) {
    const LlamaConfig& config = self.config;
    if (count < 1 || count > self.rows) {
      throw std::out_of_range("model.logits: more rows than the last forward had");
    }
    const size_t size = static_cast<size_t>(count) * config.vocab_size;
    if (self.device_logits.size() < size) self.device_logits = Buffer<float>(self.device, size);
    self.host_logits.resize(size);
    const float* newest =
        self.residual.data() + static_cast<size_t>(self.rows - count) * config.dim;
    rms_norm(self.device, self.normed.data(), newest, self.weights.final_norm.data(), count,
             config.dim, config.norm_eps);
    const Buffer<float>& output =
        config.tied_embeddings ? self.weights.token_embedding : self.weights.output;
    matmul(self.device, self.device_logits.data(), self.normed.data(), output.data(), count,
           config.dim, config.vocab_size);
    self.device_logits.download(self.host_logits.data(), size);
    return self.host_logits;
  }

 private:
  /// Brings the tokens to the device, and how far RoPE turns each of them.
  void place(this auto& self, const int* tokens, int count) {
    const LlamaConfig& config = self.config;
    if (count < 1 || count > self.prefill_chunk) {
      throw std::out_of_range("model.forward takes 1 to prefill_chunk tokens");
    }
    std::vector<int> positions(count);
    for (int i = 0; i < count; ++i) {
      if (tokens[i] < 0 || tokens[i] >= config.vocab_size) {
        throw std::out_of_range("token " + std::to_string(tokens[i]) +
                                " is outside of the model's vocabulary of " +
                                std::to_string(config.vocab_size));
      }
      positions[i] = self.kv_cache.next_position(0) + i;
    }
    self.tokens.upload(tokens, count);
    self.positions.upload(positions.data(), count);
    rope_angles(self.device, self.angles.data(), self.positions.data(), count, config.head_dim,
                config.rope_theta);
  }

  /// residual += Wo attention(norm(residual)).
  void attention_block(this auto& self, int layer, int count) {
    const LlamaConfig& config = self.config;
    const LlamaWeights& weights = self.weights;
    const int q_dim = config.heads * config.head_dim;
    const int kv_dim = config.kv_heads * config.head_dim;
    const bool interleaved = config.rope_layout == RopeLayout::kInterleaved;
    const size_t index = layer;  // wide enough to reach into the stacked weights

    rms_norm(self.device, self.normed.data(), self.residual.data(),
             weights.attention_norm.data() + index * config.dim, count, config.dim,
             config.norm_eps);
    matmul(self.device, self.queries.data(), self.normed.data(),
           weights.wq.data() + index * q_dim * config.dim, count, config.dim, q_dim);
    matmul(self.device, self.keys.data(), self.normed.data(),
           weights.wk.data() + index * kv_dim * config.dim, count, config.dim, kv_dim);
    matmul(self.device, self.values.data(), self.normed.data(),
           weights.wv.data() + index * kv_dim * config.dim, count, config.dim, kv_dim);
    rope(self.device, self.queries.data(), self.angles.data(), count, config.heads, config.head_dim,
         interleaved);
    rope(self.device, self.keys.data(), self.angles.data(), count, config.kv_heads, config.head_dim,
         interleaved);
    self.kv_cache.append(layer, self.keys.data(), self.values.data(), count);
    self.attention.forward(layer, self.attended.data(), self.queries.data(), count);
    matmul(self.device, self.normed.data(), self.attended.data(),
           weights.wo.data() + index * config.dim * q_dim, count, q_dim, config.dim);
    add(self.device, self.residual.data(), self.normed.data(),
        static_cast<size_t>(count) * config.dim);
  }

  /// residual += Wdown (silu(Wgate norm(residual)) * Wup norm(residual)).
  void feed_forward_block(this auto& self, int layer, int count) {
    const LlamaConfig& config = self.config;
    const LlamaWeights& weights = self.weights;
    const size_t index = layer;
    const size_t ffn_weights = static_cast<size_t>(config.ffn_dim) * config.dim;

    rms_norm(self.device, self.normed.data(), self.residual.data(),
             weights.ffn_norm.data() + index * config.dim, count, config.dim, config.norm_eps);
    matmul(self.device, self.gate.data(), self.normed.data(),
           weights.w_gate.data() + index * ffn_weights, count, config.dim, config.ffn_dim);
    matmul(self.device, self.up.data(), self.normed.data(),
           weights.w_up.data() + index * ffn_weights, count, config.dim, config.ffn_dim);
    silu_mul(self.device, self.gate.data(), self.up.data(),
             static_cast<size_t>(count) * config.ffn_dim);
    matmul(self.device, self.normed.data(), self.gate.data(),
           weights.w_down.data() + index * ffn_weights, count, config.ffn_dim, config.dim);
    add(self.device, self.residual.data(), self.normed.data(),
        static_cast<size_t>(count) * config.dim);
  }

  LlamaWeights weights;
  int rows = 0;                    // tokens of the last forward
  Buffer<int> tokens;              // (prefill_chunk)
  Buffer<int> positions;           // (prefill_chunk)
  Buffer<float> angles;            // (prefill_chunk, head_dim / 2, 2)
  Buffer<float> residual;          // (prefill_chunk, dim): the residual stream
  Buffer<float> normed;            // (prefill_chunk, dim); also what a block adds to the residual
  Buffer<float> queries;           // (prefill_chunk, heads, head_dim)
  Buffer<float> keys;              // (prefill_chunk, kv_heads, head_dim)
  Buffer<float> values;            // (prefill_chunk, kv_heads, head_dim)
  Buffer<float> attended;          // (prefill_chunk, heads, head_dim)
  Buffer<float> gate;              // (prefill_chunk, ffn_dim)
  Buffer<float> up;                // (prefill_chunk, ffn_dim)
  Buffer<float> device_logits;     // (rows asked for, vocab_size)
  std::vector<float> host_logits;  // the same, on the host
};
