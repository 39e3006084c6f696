// Reads the checkpoints of llama2.c.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/model/llama_weights.h"
#include "buffer.h"

/// A llama2.c checkpoint: seven int32 (dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size,
/// seq_len), then the weights in fp32. A negative vocab_size says that the output layer has weights
/// of its own. Little-endian.
struct Llama2cCheckpoint : coop::Artifact {
  /// Throws std::runtime_error naming the file and the field at fault.
  void load(this auto& self, const std::string& path, LlamaConfig& config, LlamaWeights& weights) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    const size_t file_bytes = static_cast<size_t>(file.tellg());
    file.seekg(0);
    config = self.read_config(file, path);

    const size_t layers = config.layers, dim = config.dim;
    const size_t square = layers * dim * dim, kv = square / config.heads * config.kv_heads;
    const size_t ffn = layers * dim * config.ffn_dim, embedding = dim * config.vocab_size;
    const size_t unused = static_cast<size_t>(config.context) * config.head_dim;  // RoPE, tabulated
    const size_t floats = embedding * (config.tied_embeddings ? 1 : 2) + 2 * square + 2 * kv +
                          3 * ffn + (2 * layers + 1) * dim + unused;
    if (file_bytes != 28 + floats * sizeof(float)) {
      throw std::runtime_error(path + ": the file has " + std::to_string(file_bytes) +
                               " bytes, but the sizes in its header ask for " +
                               std::to_string(28 + floats * sizeof(float)));
    }
    weights.token_embedding = self.read(file, path, embedding);
    weights.attention_norm = self.read(file, path, layers * dim);
    weights.wq = self.read(file, path, square);
    weights.wk = self.read(file, path, kv);
    weights.wv = self.read(file, path, kv);
    weights.wo = self.read(file, path, square);
    weights.ffn_norm = self.read(file, path, layers * dim);
    weights.w_gate = self.read(file, path, ffn);
    weights.w_down = self.read(file, path, ffn);
    weights.w_up = self.read(file, path, ffn);
    weights.final_norm = self.read(file, path, dim);
    file.seekg(static_cast<std::streamoff>(unused * sizeof(float)), std::ios::cur);
    weights.output = self.read(file, path, config.tied_embeddings ? 0 : embedding);
  }

 private:
  LlamaConfig read_config(this auto& self, std::ifstream& file, const std::string& path) {
    LlamaConfig config;
    // The largest values are such that no product of sizes overflows.
    config.dim = self.read_size(file, path, "dim", 1 << 16);
    config.ffn_dim = self.read_size(file, path, "hidden_dim", 1 << 20);
    config.layers = self.read_size(file, path, "n_layers", 1 << 12);
    config.heads = self.read_size(file, path, "n_heads", 1 << 12);
    config.kv_heads = self.read_size(file, path, "n_kv_heads", 1 << 12);
    const int vocab_size = self.read_size(file, path, "vocab_size", 1 << 24);
    config.vocab_size = std::abs(vocab_size);
    config.tied_embeddings = vocab_size > 0;
    config.context = self.read_size(file, path, "seq_len", 1 << 24);
    const std::string heads = path + ": n_heads is " + std::to_string(config.heads);
    if (config.dim % config.heads != 0 || config.dim / config.heads % 2 != 0) {
      throw std::runtime_error(heads + ", which does not cut dim " + std::to_string(config.dim) +
                               " into heads of an even size");
    }
    if (config.heads % config.kv_heads != 0) {
      throw std::runtime_error(heads + ", which n_kv_heads " + std::to_string(config.kv_heads) +
                               " does not divide");
    }
    config.head_dim = config.dim / config.heads;
    return config;
  }

  /// The next field of the header: 1 to `largest`, or the negative of it for vocab_size.
  int read_size(this auto&, std::ifstream& file, const std::string& path, const std::string& name,
                int32_t largest) {
    int32_t value = 0;
    if (!file.read(reinterpret_cast<char*>(&value), sizeof(value))) {
      throw std::runtime_error(path + ": the file ends before " + name +
                               "; a checkpoint begins with seven int32");
    }
    const int32_t smallest = name == "vocab_size" ? -largest : 1;
    if (value < smallest || value == 0 || value > largest) {
      throw std::runtime_error(path + ": " + name + " is " + std::to_string(value) +
                               ", which is not a size; is this a llama2.c checkpoint?");
    }
    return value;
  }

  /// The next `count` floats, on the device.
  Buffer<float> read(this auto& self, std::ifstream& file, const std::string& path, size_t count) {
    Buffer<float> buffer(self.device, count);
    std::vector<float> part(std::min<size_t>(count, 1 << 20));
    for (size_t done = 0; done < count; done += part.size()) {
      part.resize(std::min(part.size(), count - done));
      if (!file.read(reinterpret_cast<char*>(part.data()),
                     static_cast<std::streamsize>(part.size() * sizeof(float)))) {
        throw std::runtime_error(path + ": cannot be read to its end");
      }
      buffer.upload(part.data(), part.size(), done);
    }
    return buffer;
  }
};
