// Files of small models, in each form that is known: what a loader is given to read.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "testing/fake_loader.h"

namespace coop::testing {

/// Every weight, by the name that Hugging Face has for it and the shape of one layer; without a
/// layer, `layers` is 1.
struct NamedWeight {
  std::string name;  // # stands for the layer
  Buffer<float> LlamaWeights::* weights;
  size_t layers;
  std::vector<size_t> shape;

  size_t each() const {
    size_t out = 1;
    for (const size_t size : shape) out *= size;
    return out;
  }
};

inline std::vector<NamedWeight> named_weights(const LlamaConfig& config) {
  const size_t dim = config.dim, ffn_dim = config.ffn_dim, layers = config.layers;
  const size_t vocab_size = config.vocab_size, q_dim = size_t(config.heads) * config.head_dim;
  const size_t kv_dim = size_t(config.kv_heads) * config.head_dim;
  const std::string layer = "model.layers.#.";
  std::vector<NamedWeight> out = {
      // in the order of llama2.c
      {"model.embed_tokens", &LlamaWeights::token_embedding, 1, {vocab_size, dim}},
      {layer + "input_layernorm", &LlamaWeights::attention_norm, layers, {dim}},
      {layer + "self_attn.q_proj", &LlamaWeights::wq, layers, {q_dim, dim}},
      {layer + "self_attn.k_proj", &LlamaWeights::wk, layers, {kv_dim, dim}},
      {layer + "self_attn.v_proj", &LlamaWeights::wv, layers, {kv_dim, dim}},
      {layer + "self_attn.o_proj", &LlamaWeights::wo, layers, {dim, q_dim}},
      {layer + "post_attention_layernorm", &LlamaWeights::ffn_norm, layers, {dim}},
      {layer + "mlp.gate_proj", &LlamaWeights::w_gate, layers, {ffn_dim, dim}},
      {layer + "mlp.down_proj", &LlamaWeights::w_down, layers, {dim, ffn_dim}},
      {layer + "mlp.up_proj", &LlamaWeights::w_up, layers, {ffn_dim, dim}},
      {"model.norm", &LlamaWeights::final_norm, 1, {dim}},
  };
  if (!config.tied_embeddings)
    out.push_back({"lm_head", &LlamaWeights::output, 1, {vocab_size, dim}});
  return out;
}

/// Small, and of each number another.
inline LlamaConfig shape_of_file(int number) {
  LlamaConfig out = small_llama();
  out.dim = out.heads * out.head_dim;  // as llama2.c has it
  out.layers = 1 + number % 3;
  out.vocab_size += number / 3 % 2;
  out.ffn_dim += number / 2 % 3;
  out.tied_embeddings = number % 2 == 0;
  return out;
}

enum class ModelForm { kLlama2c, kHuggingFace, kSizes };  // of kSizes there is no file: only words

/// One model, in a file or a folder that is gone with this.
class ModelFile {
 public:
  ModelFile(ModelForm form, const LlamaConfig& shape) : form_(form), shape_(shape) {
    static int number = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("coop-model-" + std::to_string(getpid()) + "-" + std::to_string(number++));
    std::filesystem::create_directory(folder_);
    const AnotherModel other({}, shape);
    FakeLoader(device_).load("model", shape_, weights_);
    if (form == ModelForm::kLlama2c) write_llama2c();
    if (form == ModelForm::kHuggingFace) write_hugging_face();
  }
  ~ModelFile() { std::filesystem::remove_all(folder_); }
  ModelFile(const ModelFile&) = delete;

  /// What a loader is told.
  std::string path() const {
    if (form_ == ModelForm::kLlama2c) return data();
    if (form_ == ModelForm::kHuggingFace) return folder_;
    return "layers=" + std::to_string(shape_.layers) + ",dim=" + std::to_string(shape_.dim) +
           ",heads=" + std::to_string(shape_.heads) +
           ",kv_heads=" + std::to_string(shape_.kv_heads) +
           ",head_dim=" + std::to_string(shape_.head_dim) +
           ",ffn_dim=" + std::to_string(shape_.ffn_dim) +
           ",vocab_size=" + std::to_string(shape_.vocab_size);
  }
  /// Where the weights lie.
  std::string data() const {
    return folder_ / (form_ == ModelForm::kLlama2c ? "model.bin" : "model.safetensors");
  }
  const LlamaConfig& config() const { return shape_; }
  const LlamaWeights& weights() const { return weights_; }

 private:
  static void put(std::ofstream& file, const Buffer<float>& numbers) {
    file.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  }

  /// Seven int32, the weights, RoPE's angles, which nobody reads, and the output's weights.
  void write_llama2c() {
    std::ofstream file(data(), std::ios::binary);
    const int32_t vocab_size = shape_.tied_embeddings ? shape_.vocab_size : -shape_.vocab_size;
    for (const int32_t size : {shape_.dim, shape_.ffn_dim, shape_.layers, shape_.heads,
                               shape_.kv_heads, vocab_size, shape_.context})
      file.write(reinterpret_cast<const char*>(&size), sizeof size);
    for (const NamedWeight& one : named_weights(shape_))
      if (one.name != "lm_head") put(file, weights_.*one.weights);
    Buffer<float> angles(device_, size_t(shape_.context) * shape_.head_dim);
    angles.upload(std::vector<float>(angles.size(), 7.0f).data(), angles.size());
    put(file, angles);
    put(file, weights_.output);
  }

  void write_hugging_face() {
    std::ofstream(folder_ / "config.json")
        << "{\"model_type\": \"llama\", \"architectures\": [\"LlamaForCausalLM\"]"
        << ", \"hidden_size\": " << shape_.dim << ", \"intermediate_size\": " << shape_.ffn_dim
        << ", \"num_hidden_layers\": " << shape_.layers
        << ", \"num_attention_heads\": " << shape_.heads
        << ", \"num_key_value_heads\": " << shape_.kv_heads
        << ", \"vocab_size\": " << shape_.vocab_size
        << ", \"max_position_embeddings\": " << shape_.context << ", \"rms_norm_eps\": 1e-5"
        << ", \"hidden_act\": \"silu\", \"tie_word_embeddings\": "
        << (shape_.tied_embeddings ? "true" : "false") << "}";
    std::string header;
    std::vector<float> numbers;
    for (const NamedWeight& one : named_weights(shape_))
      for (size_t layer = 0; layer < one.layers; ++layer) {
        std::string name = one.name;
        if (const size_t at = name.find('#'); at != std::string::npos)
          name.replace(at, 1, std::to_string(layer));
        const float* begin = (weights_.*one.weights).data() + layer * one.each();
        std::string shape;
        for (const size_t size : one.shape)
          shape += (shape.empty() ? "" : ", ") + std::to_string(size);
        header += (header.empty() ? "{" : ", ") + ("\"" + name + ".weight\": {\"dtype\": \"F32\"") +
                  ", \"shape\": [" + shape + "], \"data_offsets\": [" +
                  std::to_string(numbers.size() * 4) + ", " +
                  std::to_string((numbers.size() + one.each()) * 4) + "]}";
        numbers.insert(numbers.end(), begin, begin + one.each());
      }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const uint64_t size = header.size();
    std::ofstream file(data(), std::ios::binary);
    file.write(reinterpret_cast<const char*>(&size), sizeof size);
    file << header;
    file.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  }

  const ModelForm form_;
  LlamaConfig shape_;
  Device device_;
  LlamaWeights weights_;
  std::filesystem::path folder_;
};

}  // namespace coop::testing
