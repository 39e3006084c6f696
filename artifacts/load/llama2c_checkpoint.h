// Reads the checkpoints of llama2.c.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    const int64_t file_bytes = static_cast<int64_t>(file.tellg());
    file.seekg(0);
    self.read_header(file, path, config);

    const size_t layers = config.layers, dim = config.dim, ffn_dim = config.ffn_dim;
    const size_t q_dim = dim, kv_dim = static_cast<size_t>(config.kv_heads) * config.head_dim;
    const size_t vocab_size = config.vocab_size;
    const size_t unused = static_cast<size_t>(config.context) * config.head_dim;  // old RoPE tables
    const size_t layer_floats = 2 * dim + 2 * dim * q_dim + 2 * dim * kv_dim + 3 * dim * ffn_dim;
    const size_t floats =
        vocab_size * dim * (config.tied_embeddings ? 1 : 2) + layers * layer_floats + dim + unused;
    const int64_t expected_bytes = 28 + static_cast<int64_t>(floats * sizeof(float));
    if (file_bytes != expected_bytes) {
      throw std::runtime_error(path + ": the file has " + std::to_string(file_bytes) +
                               " bytes, but the sizes in its header ask for " +
                               std::to_string(expected_bytes));
    }

    weights.token_embedding = self.read(file, path, vocab_size * dim);
    weights.attention_norm = self.read(file, path, layers * dim);
    weights.wq = self.read(file, path, layers * q_dim * dim);
    weights.wk = self.read(file, path, layers * kv_dim * dim);
    weights.wv = self.read(file, path, layers * kv_dim * dim);
    weights.wo = self.read(file, path, layers * dim * q_dim);
    weights.ffn_norm = self.read(file, path, layers * dim);
    weights.w_gate = self.read(file, path, layers * ffn_dim * dim);
    weights.w_down = self.read(file, path, layers * dim * ffn_dim);
    weights.w_up = self.read(file, path, layers * ffn_dim * dim);
    weights.final_norm = self.read(file, path, dim);
    file.seekg(static_cast<std::streamoff>(unused * sizeof(float)), std::ios::cur);
    weights.output = Buffer<float>();
    if (!config.tied_embeddings) weights.output = self.read(file, path, vocab_size * dim);
  }

 private:
  void read_header(this auto&, std::ifstream& file, const std::string& path, LlamaConfig& config) {
    struct Field {
      const char* name;
      int32_t value;
      int32_t largest;  // so that no product of sizes overflows
    };
    Field fields[7] = {{"dim", 0, 1 << 16},        {"hidden_dim", 0, 1 << 20},
                       {"n_layers", 0, 1 << 12},   {"n_heads", 0, 1 << 12},
                       {"n_kv_heads", 0, 1 << 12}, {"vocab_size", 0, 1 << 24},
                       {"seq_len", 0, 1 << 24}};
    config = LlamaConfig();
    for (Field& field : fields) {
      if (!file.read(reinterpret_cast<char*>(&field.value), sizeof(field.value))) {
        throw std::runtime_error(path + ": the file ends before " + field.name +
                                 "; a checkpoint begins with seven int32");
      }
      const bool untied = &field == &fields[5] && field.value < 0 && field.value != INT32_MIN;
      if (untied) config.tied_embeddings = false;
      if (untied) field.value = -field.value;
      if (field.value < 1 || field.value > field.largest) {
        throw std::runtime_error(path + ": " + field.name + " is " + std::to_string(field.value) +
                                 ", not 1 to " + std::to_string(field.largest) +
                                 "; is this a llama2.c checkpoint?");
      }
    }
    config.dim = fields[0].value;
    config.ffn_dim = fields[1].value;
    config.layers = fields[2].value;
    config.heads = fields[3].value;
    config.kv_heads = fields[4].value;
    config.vocab_size = fields[5].value;
    config.context = fields[6].value;
    if (config.dim % config.heads != 0 || config.dim / config.heads % 2 != 0) {
      throw std::runtime_error(path + ": n_heads is " + std::to_string(config.heads) +
                               ", which does not cut dim " + std::to_string(config.dim) +
                               " into heads of an even size");
    }
    if (config.heads % config.kv_heads != 0) {
      throw std::runtime_error(path + ": n_kv_heads is " + std::to_string(config.kv_heads) +
                               ", which does not divide n_heads " + std::to_string(config.heads));
    }
    config.head_dim = config.dim / config.heads;
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
