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

#include "artifacts/model/llama_part.h"
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

/// law: what_is_no_whole_file_is_refused
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
    if (self.world.size() > 1) return self.read_parts(file, config, weights, unused);
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
  /// What this rank holds of each weight, in the order of the file.
  void read_parts(this auto& self, std::ifstream& file, const LlamaConfig& config,
                  LlamaWeights& weights, size_t unused) {
    const LlamaPart part(config, self.world.rank(), self.world.size());
    const int layers = config.layers, dim = config.dim, head_dim = config.head_dim;
    const size_t q_dim = static_cast<size_t>(config.heads) * head_dim, ffn_dim = config.ffn_dim;
    const MatrixPart vocabulary = part.rows_of(part.vocabulary);
    const MatrixPart queries = part.rows_of(part.heads, head_dim);
    const MatrixPart keys = part.rows_of(part.kv_heads, head_dim), ffn = part.rows_of(part.ffn);
    const size_t kv_dim = static_cast<size_t>(config.kv_heads) * head_dim;
    weights.token_embedding = self.read_each(file, 1, config.vocab_size, vocabulary, dim);
    weights.attention_norm = self.read(file, static_cast<size_t>(layers) * dim);
    weights.wq = self.read_each(file, layers, q_dim, queries);
    weights.wk = self.read_each(file, layers, kv_dim, keys);
    weights.wv = self.read_each(file, layers, kv_dim, keys);
    weights.wo = self.read_each(file, layers, dim, part.columns_of(part.heads, q_dim, head_dim));
    weights.ffn_norm = self.read(file, static_cast<size_t>(layers) * dim);
    weights.w_gate = self.read_each(file, layers, ffn_dim, ffn);
    weights.w_down = self.read_each(file, layers, dim, part.columns_of(part.ffn, ffn_dim));
    weights.w_up = self.read_each(file, layers, ffn_dim, ffn);
    weights.final_norm = self.read(file, dim);
    file.seekg(unused * sizeof(float), std::ios::cur);
    weights.output = Buffer<float>();
    if (!config.tied_embeddings) {
      weights.output = self.read_each(file, 1, config.vocab_size, vocabulary);
    }
    if (!file) throw std::runtime_error("the checkpoint cannot be read to its end");
  }

  /// A part of each of the next `count` matrices of `rows` rows, and `spare` zeros behind.
  Buffer<float> read_each(this auto& self, std::ifstream& file, int count, size_t rows,
                          const MatrixPart& part, size_t spare = 0) {
    Buffer<float> buffer(self.device, count * part.size() + spare);
    std::vector<float> piece;
    size_t done = 0;
    for (int i = 0; i < count; ++i) {
      const std::streamoff begin = file.tellg();
      part.for_each_piece([&](size_t first, size_t size) {
        piece.resize(size);
        file.seekg(begin + static_cast<std::streamoff>(first * sizeof(float)));
        file.read(reinterpret_cast<char*>(piece.data()), size * sizeof(float));
        buffer.upload(piece.data(), size, done);
        done += size;
      });
      file.seekg(begin + static_cast<std::streamoff>(rows * part.width * sizeof(float)));
    }
    return buffer;
  }

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
