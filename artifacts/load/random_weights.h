// A Llama of any size that was never trained: what is tried and timed where no checkpoint is.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/model/llama_part.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"

/// Takes its sizes from the path, e.g. layers=2,dim=64,heads=8,kv_heads=2,ffn_dim=96: what is not
/// named is as here. A weight follows from the seed and from where it stands alone, so that ranks
/// which hold parts hold parts of one model.
struct RandomWeights : coop::Artifact {
  int seed = 1;  ///< Another one, another model; range 0..1000000.

  /// Throws std::runtime_error naming the size at fault.
  void load(this auto& self, const std::string& path, LlamaConfig& config, LlamaWeights& weights) {
    config = self.read_sizes(path);
    const LlamaPart part(config, self.world.rank(), self.world.size());
    const int layers = config.layers, dim = config.dim, head_dim = config.head_dim;
    const size_t q_dim = static_cast<size_t>(config.heads) * head_dim, ffn_dim = config.ffn_dim;
    const size_t kv_dim = static_cast<size_t>(config.kv_heads) * head_dim;
    const MatrixPart vocabulary = part.rows_of(part.vocabulary), ffn = part.rows_of(part.ffn);
    const MatrixPart queries = part.rows_of(part.heads, head_dim);
    const MatrixPart keys = part.rows_of(part.kv_heads, head_dim);
    self.tensors = 0;
    // A row of zeros behind the embeddings is for tokens of other ranks.
    weights.token_embedding = self.draw(1, config.vocab_size, vocabulary, dim);
    weights.wq = self.draw(layers, q_dim, queries);
    weights.wk = self.draw(layers, kv_dim, keys);
    weights.wv = self.draw(layers, kv_dim, keys);
    weights.wo = self.draw(layers, dim, part.columns_of(part.heads, q_dim, head_dim));
    weights.w_gate = self.draw(layers, ffn_dim, ffn);
    weights.w_up = self.draw(layers, ffn_dim, ffn);
    weights.w_down = self.draw(layers, dim, part.columns_of(part.ffn, ffn_dim));
    for (Buffer<float>* norm : {&weights.attention_norm, &weights.ffn_norm, &weights.final_norm}) {
      const std::vector<float> ones(
          static_cast<size_t>(norm == &weights.final_norm ? 1 : layers) * dim, 1.0f);
      *norm = Buffer<float>(self.device, ones.size());
      norm->upload(ones.data(), ones.size());
    }
    weights.output = Buffer<float>();
  }

 private:
  LlamaConfig read_sizes(this auto&, const std::string& path) {
    std::map<std::string, int> sizes = {{"layers", 2},   {"dim", 64},         {"heads", 8},
                                        {"kv_heads", 2}, {"ffn_dim", 96},     {"vocab_size", 256},
                                        {"head_dim", 8}, {"context", 1 << 20}};
    std::istringstream words(path);
    for (std::string word; std::getline(words, word, ',');) {
      const size_t equals = word.find('=');
      const auto named = sizes.find(word.substr(0, equals));
      const int given = equals == std::string::npos ? 0 : std::atoi(word.c_str() + equals + 1);
      if (named == sizes.end() || given < 1) {
        throw std::runtime_error(
            "a random model is told its sizes as layers=2,dim=64,heads=8,"
            "kv_heads=2,head_dim=8,ffn_dim=96,vocab_size=256, not '" +
            word + "'");
      }
      named->second = given;
    }
    LlamaConfig config;
    config.layers = sizes["layers"];
    config.dim = sizes["dim"];
    config.heads = sizes["heads"];
    config.kv_heads = sizes["kv_heads"];
    config.head_dim = sizes["head_dim"];
    config.ffn_dim = sizes["ffn_dim"];
    config.vocab_size = sizes["vocab_size"];
    config.context = sizes["context"];
    if (config.heads % config.kv_heads != 0) throw std::runtime_error("kv_heads must divide heads");
    if (config.head_dim % 2 != 0) throw std::runtime_error("head_dim must be even, for RoPE");
    return config;
  }

  /// This rank's part of `count` matrices of `rows` rows, and `spare` zeros behind: uniform, of
  /// variance 1 / width.
  Buffer<float> draw(this auto& self, int count, size_t rows, const MatrixPart& part,
                     size_t spare = 0) {
    const float largest = std::sqrt(3.0f / static_cast<float>(part.width));
    const uint64_t tensor = (static_cast<uint64_t>(self.seed) << 8 | self.tensors++) << 36;
    Buffer<float> buffer(self.device, count * part.size() + spare);
    std::vector<float> piece;
    size_t done = 0;
    for (int i = 0; i < count; ++i) {
      part.for_each_piece([&](size_t first, size_t size) {
        piece.resize(size);
        for (size_t j = 0; j < size; ++j) {
          const size_t index = i * rows * part.width + first + j;
          piece[j] = largest * RandomWeights::uniform(tensor + index);
        }
        buffer.upload(piece.data(), size, done);
        done += size;
      });
    }
    return buffer;
  }

  /// A number in [-1, 1): SplitMix64 (Steele et al., 2014) of a counter.
  static float uniform(uint64_t counter) {
    uint64_t bits = (counter + 1) * 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return static_cast<float>((bits ^ bits >> 31) >> 40) * 0x1p-23f - 1.0f;
  }

  int tensors = 0;  // drawn so far
};
