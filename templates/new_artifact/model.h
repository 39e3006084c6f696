// A model turns tokens into logits. The service loads and runs it; it takes its weights from
// `self.loader`, stores keys and values in `self.kv_cache`, attends by `self.attention`, and calls
// the hook `after_append` for each layer, so that compressors can listen.
//
// Weights and activations are of the device: kernels compute, upload and download move. A kernel's
// header is included by its bare name. artifacts/model/llama.h is a model that has layers.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/model/llama_weights.h"
#include "buffer.h"
#include "embed.h"
#include "matmul.h"
#include "rms_norm.h"

/// Embeddings and logits, and no layer between them. A beginning.
struct NewModel : coop::Artifact {
  LlamaConfig config;  // from the loader

  /// Reads the model at `path` and empties the cache.
  void load(this auto& self, const std::string& path) {
    self.loader.load(path, self.config, self.weights);
    self.kv_cache.reset(self.config.layers, self.config.kv_heads, self.config.head_dim);
  }

  /// Runs all of `tokens` through the model.
  void prefill(this auto& self, const std::vector<int>& tokens) {
    for (const int token : tokens) self.forward(&token, 1);
  }

  /// Runs the next `count` tokens of the sequence.
  void forward(this auto& self, const int* tokens, int count) {
    const LlamaConfig& config = self.config;
    const auto is_known = [&](int token) { return 0 <= token && token < config.vocab_size; };
    if (!std::all_of(tokens, tokens + count, is_known)) {
      throw std::out_of_range("the model's vocabulary has no such token");
    }
    Buffer<int> input(self.device, count);
    input.upload(tokens, count);
    self.residual = Buffer<float>(self.device, static_cast<size_t>(count) * config.dim);
    embed(self.device, self.residual.data(), self.weights.token_embedding.data(), input.data(),
          count, config.dim);
    // Here are the layers: each normalizes, projects, appends to self.kv_cache, attends by
    // self.attention.forward(layer, out, queries, count), and calls self.hooks.after_append(layer).
    self.rows = count;
  }

  /// Logits of the last `count` tokens of the last forward: (count, vocab_size), on the host.
  std::vector<float> logits(this auto& self, int count = 1) {
    const LlamaConfig& config = self.config;
    if (count < 1 || count > self.rows) throw std::out_of_range("logits: count");
    const size_t behind = static_cast<size_t>(self.rows - count) * config.dim;
    Buffer<float> normed(self.device, static_cast<size_t>(count) * config.dim);
    rms_norm(self.device, normed.data(), self.residual.data() + behind,
             self.weights.final_norm.data(), count, config.dim, config.norm_eps);
    const Buffer<float>& output =
        config.tied_embeddings ? self.weights.token_embedding : self.weights.output;
    Buffer<float> logits(self.device, static_cast<size_t>(count) * config.vocab_size);
    matmul(self.device, logits.data(), normed.data(), output.data(), count, config.dim,
           config.vocab_size);
    std::vector<float> host_logits(logits.size());
    logits.download(host_logits.data(), logits.size());
    return host_logits;
  }

 private:
  LlamaWeights weights;
  Buffer<float> residual;  // (rows, dim)
  int rows = 0;            // of the last forward
};
