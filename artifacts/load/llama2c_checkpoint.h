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
#include <utility>
#include <vector>

#include "artifacts/model/llama_weights.h"
#include "buffer.h"

/// The header of a llama2.c checkpoint; a negative vocab_size says that `output` has weights.
inline LlamaConfig read_llama2c_config(std::ifstream& file, const std::string& path) {
  LlamaConfig config;
  const std::pair<std::string, int*> fields[] = {{"dim", &config.dim},
                                                 {"hidden_dim", &config.ffn_dim},
                                                 {"n_layers", &config.layers},
                                                 {"n_heads", &config.heads},
                                                 {"n_kv_heads", &config.kv_heads},
                                                 {"vocab_size", &config.vocab_size},
                                                 {"seq_len", &config.context}};
  const auto refuse = [&](const std::string& what) {
    throw std::runtime_error(path + ": " + what);
  };
  for (const auto& [name, size] : fields) {
    file.read(reinterpret_cast<char*>(size), sizeof(int32_t));
    if (!file) refuse("the file ends before " + name + "; a checkpoint begins with seven int32");
    const int largest = 1 << 19;  // no product of sizes overflows
    const int smallest = size == &config.vocab_size ? -largest : 1;
    if (*size >= smallest && *size <= largest && *size != 0) continue;
    refuse(name + " is " + std::to_string(*size) + "; is this a llama2.c checkpoint?");
  }
  config.tied_embeddings = config.vocab_size > 0;
  config.vocab_size = std::abs(config.vocab_size);
  config.head_dim = config.dim / config.heads;
  const std::string heads = "n_heads is " + std::to_string(config.heads) + ", which ";
  if (config.dim % config.heads != 0 || config.head_dim % 2 != 0) {
    refuse(heads + "does not cut dim " + std::to_string(config.dim) +
           " into heads of an even size");
  }
  if (config.heads % config.kv_heads != 0) {
    refuse(heads + "n_kv_heads " + std::to_string(config.kv_heads) + " does not divide");
  }
  return config;
}

struct Llama2cCheckpoint : coop::Artifact {
  /// Seven int32, then the weights in fp32. Throws std::runtime_error naming file and field.
  void load(this auto& self, const std::string& path, LlamaConfig& config, LlamaWeights& weights) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    const size_t file_bytes = file.tellg();
    file.seekg(0);
    config = read_llama2c_config(file, path);

    const size_t layers = config.layers, dim = config.dim;
    const size_t square = layers * dim * dim, kv = square / config.heads * config.kv_heads;
    const size_t ffn = layers * dim * config.ffn_dim, embedding = dim * config.vocab_size;
    const size_t output = config.tied_embeddings ? 0 : embedding;
    const size_t unused = static_cast<size_t>(config.context) * config.head_dim;  // RoPE, tabulated
    const size_t bytes = sizeof(float) * (7 + embedding + output + 2 * square + 2 * kv + 3 * ffn +
                                          (2 * layers + 1) * dim + unused);
    if (file_bytes != bytes) {
      throw std::runtime_error(path + ": the file has " + std::to_string(file_bytes) +
                               " bytes, but its header's sizes ask for " + std::to_string(bytes));
    }
    weights.token_embedding = self.read(file, embedding);
    weights.attention_norm = self.read(file, layers * dim);
    weights.wq = self.read(file, square);
    weights.wk = self.read(file, kv);
    weights.wv = self.read(file, kv);
    weights.wo = self.read(file, square);
    weights.ffn_norm = self.read(file, layers * dim);
    weights.w_gate = self.read(file, ffn);
    weights.w_down = self.read(file, ffn);
    weights.w_up = self.read(file, ffn);
    weights.final_norm = self.read(file, dim);
    file.seekg(unused * sizeof(float), std::ios::cur);
    weights.output = self.read(file, output);
    if (!file) throw std::runtime_error(path + ": cannot be read to its end");
  }

 private:
  /// The next `count` floats, on the device.
  Buffer<float> read(this auto& self, std::ifstream& file, size_t count) {
    Buffer<float> buffer(self.device, count);
    std::vector<float> part(std::min<size_t>(count, 1 << 20));
    for (size_t done = 0; done < count; done += part.size()) {
      part.resize(std::min(part.size(), count - done));
      file.read(reinterpret_cast<char*>(part.data()), part.size() * sizeof(float));
      buffer.upload(part.data(), part.size(), done);
    }
    return buffer;
  }
};
