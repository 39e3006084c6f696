// The Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add.h"
#include "artifacts/model/llama_part.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "embed.h"
#include "matmul.h"
#include "rms_norm.h"
#include "rope.h"
#include "rope_angles.h"
#include "silu_mul.h"

/// Llama (Touvron et al., 2023). Each layer calls `hooks.after_append(layer)` once it has attended.
/// law: what_is_no_token_is_refused
/// law: logits_are_told_of_tokens_that_ran
/// law: hooks_hear_of_attention
/// law: too_low_a_setting_is_refused
struct Llama : coop::Artifact {
  int prefill_chunk = 64;  ///< Prompt tokens taken at once; range 1..1024.

  LlamaConfig config;  // from the loader

  /// Reads the model at `path` and empties the cache. Throws what the loader throws.
  void load(this auto& self, const std::string& path) {
    if (self.prefill_chunk < 1) throw std::runtime_error("model.prefill_chunk is below 1");
    self.loader.load(path, self.config, self.weights);
    if constexpr (!COOP_SINGLE_GPU) self.keep_own_part();
    const LlamaConfig& config = self.config;
    const size_t rows = self.prefill_chunk;
    self.input = Buffer<int>(self.device, rows * 2);
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
    for (size_t i = 0; i < tokens.size(); i += self.prefill_chunk) {
      self.forward(&tokens[i], std::min<size_t>(self.prefill_chunk, tokens.size() - i));
    }
    self.hooks.after_prefill();
  }

  /// Runs the next `count` tokens of the sequence, 1 to prefill_chunk, through all layers.
  void forward(this auto& self, const int* tokens, int count) {
    const LlamaConfig& config = self.config;
    if (count < 1 || count > self.prefill_chunk) throw std::out_of_range("forward: count");
    std::vector<int> input(tokens, tokens + count);  // and, behind them, their positions
    for (int i = 0; i < count; ++i) {
      if (tokens[i] < 0 || tokens[i] >= config.vocab_size) {
        throw std::out_of_range("the model's vocabulary has no token " + std::to_string(tokens[i]));
      }
      input.push_back(self.kv_cache.next_position(0) + i);
    }
    if (self.world.size() > 1) self.find_own_rows(input, count);
    self.rows = count;
    self.input.upload(input.data(), input.size());
    rope_angles(self.device, self.angles.data(), self.input.data() + count, count, config.head_dim,
                config.rope_theta, config.rope_scaling);
    self.embed_tokens();
    for (int layer = 0; layer < config.layers; ++layer) {
      self.add_to_residual(self.attention_block(layer));
      self.add_to_residual(self.feed_forward_block(layer));
      self.hooks.after_append(layer);
    }
  }

  /// Logits of the last `count` tokens of the last forward: (count, vocab_size), on the host.
  [[coop::concat]] std::vector<float> logits(this auto& self, int count = 1) {
    const LlamaConfig& config = self.config;
    if (count < 1 || count > self.rows) throw std::out_of_range("logits: count");
    if (self.world.size() > 1 && count > 1) throw std::out_of_range("logits: one token at a time");
    const int vocab_size = self.world.size() > 1 ? self.own_vocabulary().size() : config.vocab_size;
    const float* newest =
        self.residual.data() + static_cast<size_t>(self.rows - count) * config.dim;
    rms_norm(self.device, self.normed.data(), newest, self.weights.final_norm.data(), count,
             config.dim, config.norm_eps);
    const Buffer<float>& output =
        config.tied_embeddings ? self.weights.token_embedding : self.weights.output;
    Buffer<float> logits(self.device, static_cast<size_t>(count) * vocab_size);
    matmul(self.device, logits.data(), self.normed.data(), output.data(), count, config.dim,
           vocab_size);
    std::vector<float> host_logits(logits.size());
    logits.download(host_logits.data(), logits.size());
    COOP_ENSURES(host_logits.size() == static_cast<size_t>(count) * vocab_size);
    return host_logits;
  }

  /// The largest logit of the last token, and whose it is: of equals, the lowest token's.
  [[coop::argmax]] std::pair<float, int> likeliest(this auto& self) {
    const std::vector<float> logits = self.logits();
    const auto largest = std::max_element(logits.begin(), logits.end());
    const int first = self.world.size() > 1 ? self.own_vocabulary().begin : 0;
    return {*largest, first + static_cast<int>(largest - logits.begin())};
  }

  /// What the query heads of all ranks add up to, where those of this one make `own`, (kv_heads,
  /// length): with more ranks than key/value heads, several hold copies of one, each with some of
  /// the query heads that read it.
  std::vector<float> of_all_queries(this auto& self, const std::vector<float>& own, int length) {
    if constexpr (COOP_SINGLE_GPU) {
      return own;
    } else {
      if (self.world.size() <= self.kv_heads_of_all()) return own;
      const std::vector<float> all = self.of_all_heads(own, length);
      const auto begin = all.begin() + self.first_kv_head() * length;
      return {begin, begin + own.size()};
    }
  }

  /// The same of all key/value heads: (kv_heads of all ranks, length).
  std::vector<float> of_all_heads(this auto& self, const std::vector<float>& own, int length) {
    if constexpr (COOP_SINGLE_GPU) {
      return own;
    } else {
      return self.among_zeros(own, self.first_kv_head() * length, self.kv_heads_of_all() * length);
    }
  }

  /// Which of all ranks' key/value heads is the first of this one's.
  int first_kv_head(this auto& self) {
    if constexpr (COOP_SINGLE_GPU) {
      return 0;
    } else {
      return LlamaPart(self.whole, self.world.rank(), self.world.size()).kv_heads.begin;
    }
  }

  /// Key/value heads of the whole model, not of this rank's part of it.
  [[coop::same]] int kv_heads_of_all(this auto& self) {
    if constexpr (COOP_SINGLE_GPU) {
      return self.config.kv_heads;
    } else {
      return self.whole.kv_heads;
    }
  }

 private:
  /// `own` from `begin` on, in a vector of `size`.
  [[coop::sum]] std::vector<float> among_zeros(this auto&, const std::vector<float>& own, int begin,
                                               int size) {
    std::vector<float> out(size);
    std::copy(own.begin(), own.end(), out.begin() + begin);
    return out;
  }

  /// Heads and channels of this rank are all that it computes with.
  void keep_own_part(this auto& self) {
    if constexpr (!COOP_SINGLE_GPU) self.whole = self.config;
    const LlamaPart part(self.config, self.world.rank(), self.world.size());
    self.config.heads = part.heads.size();
    self.config.kv_heads = part.kv_heads.size();
    self.config.ffn_dim = part.ffn.size();
  }

  /// The tokens whose embeddings and logits are this rank's.
  Range own_vocabulary(this auto& self) {
    return part_of(self.config.vocab_size, self.world.rank(), self.world.size());
  }

  /// Tokens → rows of this rank's embeddings; those of other ranks' tokens are the row of zeros
  /// behind them.
  void find_own_rows(this auto& self, std::vector<int>& tokens, int count) {
    const Range own = self.own_vocabulary();
    for (int i = 0; i < count; ++i) {
      const bool is_own = own.begin <= tokens[i] && tokens[i] < own.end;
      tokens[i] = is_own ? tokens[i] - own.begin : own.size();
    }
  }

  /// residual = the embeddings of the tokens.
  [[coop::sum]] DeviceSpan<float> embed_tokens(this auto& self) {
    const int dim = self.config.dim;
    embed(self.device, self.residual.data(), self.weights.token_embedding.data(), self.input.data(),
          self.rows, dim);
    return self.residual.first(static_cast<size_t>(self.rows) * dim);
  }

  void add_to_residual(this auto& self, DeviceSpan<float> block) {
    add(self.device, self.residual.data(), block.data, block.size);
  }

  /// Wo attention(norm(residual)): (rows, dim).
  [[coop::sum]] DeviceSpan<float> attention_block(this auto& self, size_t layer) {
    const LlamaConfig& config = self.config;
    const LlamaWeights& weights = self.weights;
    const int rows = self.rows, dim = config.dim, head_dim = config.head_dim;
    const int q_dim = config.heads * head_dim, kv_dim = config.kv_heads * head_dim;
    const bool interleaved = config.rope_layout == RopeLayout::kInterleaved;
    rms_norm(self.device, self.normed.data(), self.residual.data(),
             weights.attention_norm.data() + layer * dim, rows, dim, config.norm_eps);
    self.project(self.queries, self.normed, weights.wq, layer, dim, q_dim);
    self.project(self.keys, self.normed, weights.wk, layer, dim, kv_dim);
    self.project(self.values, self.normed, weights.wv, layer, dim, kv_dim);
    self.hooks.before_rope(layer, self.queries, rows);
    rope(self.device, self.queries.data(), self.angles.data(), rows, config.heads, head_dim, q_dim,
         head_dim, interleaved);
    rope(self.device, self.keys.data(), self.angles.data(), rows, config.kv_heads, head_dim, kv_dim,
         head_dim, interleaved);
    self.kv_cache.append(layer, self.keys.data(), self.values.data(), rows);
    self.attention.forward(layer, self.attended.data(), self.queries.data(), rows);
    self.hooks.after_attend(layer, self.queries, rows);
    self.project(self.normed, self.attended, weights.wo, layer, q_dim, dim);
    return self.normed.first(static_cast<size_t>(rows) * dim);
  }

  /// Wdown (silu(Wgate norm(residual)) * Wup norm(residual)): (rows, dim).
  [[coop::sum]] DeviceSpan<float> feed_forward_block(this auto& self, size_t layer) {
    const LlamaWeights& weights = self.weights;
    const int dim = self.config.dim, ffn_dim = self.config.ffn_dim;
    const size_t rows = self.rows;
    rms_norm(self.device, self.normed.data(), self.residual.data(),
             weights.ffn_norm.data() + layer * dim, self.rows, dim, self.config.norm_eps);
    self.project(self.gate, self.normed, weights.w_gate, layer, dim, ffn_dim);
    self.project(self.up, self.normed, weights.w_up, layer, dim, ffn_dim);
    silu_mul(self.device, self.gate.data(), self.up.data(), rows * ffn_dim);
    self.project(self.normed, self.gate, weights.w_down, layer, ffn_dim, dim);
    return self.normed.first(rows * dim);
  }

  /// out (rows, d_out) = x (rows, d_in) times the transpose of the layer's weight (d_out, d_in).
  void project(this auto& self, Buffer<float>& out, const Buffer<float>& x,
               const Buffer<float>& weight, size_t layer, int d_in, int d_out) {
    matmul(self.device, out.data(), x.data(), weight.data() + layer * d_in * d_out, self.rows, d_in,
           d_out);
  }

#if !COOP_SINGLE_GPU
  LlamaConfig whole;  // as loaded; of config, heads and channels are this rank's
#endif
  LlamaWeights weights;
  int rows = 0;            // tokens of the last forward
  Buffer<int> input;       // (2, rows): tokens and their positions
  Buffer<float> angles;    // (rows, head_dim / 2, 2)
  Buffer<float> residual;  // (rows, dim): the residual stream
  Buffer<float> normed;    // (rows, dim); also what a block adds to the residual
  Buffer<float> queries;   // (rows, heads, head_dim)
  Buffer<float> keys;      // (rows, kv_heads, head_dim)
  Buffer<float> values;    // (rows, kv_heads, head_dim)
  Buffer<float> attended;  // (rows, heads, head_dim)
  Buffer<float> gate;      // (rows, ffn_dim)
  Buffer<float> up;        // (rows, ffn_dim)
};
