// Reads a Llama as Hugging Face stores it.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/load/json.h"
#include "artifacts/load/safetensors.h"
#include "artifacts/model/llama_weights.h"
#include "buffer.h"

/// A folder with config.json and model.safetensors, or with several files under
/// model.safetensors.index.json; fp32, fp16 or bf16. What would compute something else than a plain
/// Llama (another family, biases, RoPE scaled by YaRN, a sliding window) is refused by name.
/// law: what_is_no_whole_file_is_refused
struct HuggingFace : coop::Artifact {
  /// Throws std::runtime_error naming the file and the field at fault.
  void load(this auto& self, const std::string& path, LlamaConfig& config, LlamaWeights& weights) {
    config = self.read_config(path + "/config.json");
    SafeTensors tensors(path);
    const size_t dim = config.dim, ffn_dim = config.ffn_dim, vocab_size = config.vocab_size;
    const size_t q_dim = static_cast<size_t>(config.heads) * config.head_dim;
    const size_t kv_dim = static_cast<size_t>(config.kv_heads) * config.head_dim;
    const int layers = config.layers;
    const std::string layer = "model.layers.#.";  // # stands for each layer's number

    self.read(tensors, "model.embed_tokens", 1, {vocab_size, dim}, weights.token_embedding);
    self.read(tensors, layer + "input_layernorm", layers, {dim}, weights.attention_norm);
    self.read(tensors, layer + "self_attn.q_proj", layers, {q_dim, dim}, weights.wq);
    self.read(tensors, layer + "self_attn.k_proj", layers, {kv_dim, dim}, weights.wk);
    self.read(tensors, layer + "self_attn.v_proj", layers, {kv_dim, dim}, weights.wv);
    self.read(tensors, layer + "self_attn.o_proj", layers, {dim, q_dim}, weights.wo);
    self.read(tensors, layer + "post_attention_layernorm", layers, {dim}, weights.ffn_norm);
    self.read(tensors, layer + "mlp.gate_proj", layers, {ffn_dim, dim}, weights.w_gate);
    self.read(tensors, layer + "mlp.up_proj", layers, {ffn_dim, dim}, weights.w_up);
    self.read(tensors, layer + "mlp.down_proj", layers, {dim, ffn_dim}, weights.w_down);
    self.read(tensors, "model.norm", 1, {dim}, weights.final_norm);
    weights.output = Buffer<float>();
    if (!config.tied_embeddings) {
      self.read(tensors, "lm_head", 1, {vocab_size, dim}, weights.output);
    }
    // A tensor left over is a part of the model that nothing here computes. Old files store RoPE's
    // frequencies, which follow from rope_theta, and tied output weights a second time.
    for (const auto& [name, tensor] : tensors.unread()) {
      const bool known = name.ends_with(".rotary_emb.inv_freq") ||
                         (config.tied_embeddings && name == "lm_head.weight");
      if (known) continue;
      throw std::runtime_error(tensor.file + ": " + name + ": no part of a plain Llama");
    }
  }

 private:
  /// Stacks the tensors of all layers on the device. Their shapes are checked first, so that no
  /// more memory is taken than the files fill.
  void read(this auto& self, SafeTensors& tensors, const std::string& pattern, int layers,
            const std::vector<size_t>& shape, Buffer<float>& buffer) {
    std::vector<std::string> names(static_cast<size_t>(layers), pattern + ".weight");
    size_t each = 1;
    for (size_t size : shape) each *= size;
    for (size_t i = 0; i < names.size(); ++i) {
      const size_t number = names[i].find('#');
      if (number != std::string::npos) names[i].replace(number, 1, std::to_string(i));
      tensors.expect(names[i], shape);
    }
    if (self.world.size() > 1 && shape.size() == 2) {
      self.read_parts(tensors, names, self.own_part(pattern, shape), buffer);
      return;
    }
    buffer = Buffer<float>(self.device, names.size() * each);
    for (size_t i = 0; i < names.size(); ++i) {
      buffer.upload(read_tensor(tensors.take(names[i])).data(), each, i * each);
    }
  }

  /// Which part of a matrix this rank holds, by the matrix's name.
  MatrixPart own_part(this auto& self, const std::string& name, const std::vector<size_t>& shape) {
    const LlamaPart part(self.model.config, self.world.rank(), self.world.size());
    const auto is = [&](const char* end) { return name.ends_with(end); };
    if (is("q_proj")) return part.rows_of(part.heads, part.head_dim);
    if (is("k_proj") || is("v_proj")) return part.rows_of(part.kv_heads, part.head_dim);
    if (is("o_proj")) return part.columns_of(part.heads, shape[1], part.head_dim);
    if (is("down_proj")) return part.columns_of(part.ffn, shape[1]);
    return part.rows_of(is("gate_proj") || is("up_proj") ? part.ffn : part.vocabulary);
  }

  /// Stacks that part of all layers, and a row of zeros behind.
  void read_parts(this auto& self, SafeTensors& tensors, const std::vector<std::string>& names,
                  const MatrixPart& part, Buffer<float>& buffer) {
    buffer = Buffer<float>(self.device, names.size() * part.size() + part.width);
    for (size_t i = 0; i < names.size(); ++i) {
      const std::vector<float> values = read_part(tensors.take(names[i]), part);
      buffer.upload(values.data(), values.size(), i * values.size());
    }
  }

  LlamaConfig read_config(this auto& self, const std::string& path) {
    const Json json = read_json(path);
    json_object(json, path);
    self.refuse_others(json, path);
    const auto integer = [&](const char* key, int most) {
      return static_cast<int>(json_integer(json[key], path + ": " + key, 1, most));
    };
    const auto absent = [&](const char* key) { return json[key].kind == Json::Kind::kNull; };

    LlamaConfig config;  // the bounds keep every product of sizes in range
    config.dim = integer("hidden_size", 1 << 20);
    config.ffn_dim = integer("intermediate_size", 1 << 20);
    config.layers = integer("num_hidden_layers", 1 << 12);
    config.heads = integer("num_attention_heads", 1 << 12);
    config.kv_heads =
        absent("num_key_value_heads") ? config.heads : integer("num_key_value_heads", 1 << 12);
    config.head_dim = absent("head_dim") ? config.dim / config.heads : integer("head_dim", 1 << 12);
    config.vocab_size = integer("vocab_size", 1 << 24);
    config.context = integer("max_position_embeddings", 1 << 30);
    config.norm_eps = self.positive(json["rms_norm_eps"], path + ": rms_norm_eps");
    if (!absent("rope_theta")) {
      config.rope_theta = self.positive(json["rope_theta"], path + ": rope_theta");
    }
    for (const char* key : {"rope_parameters", "rope_scaling"}) {  // in newer files, in older ones
      const std::string where = path + ": " + key;
      if (!absent(key)) self.read_rope(json_object(json[key], where), where, config);
    }
    config.tied_embeddings = json["tie_word_embeddings"].boolean;
    config.rope_layout = RopeLayout::kHalfSplit;
    if (config.heads % config.kv_heads != 0) {
      refuse_json(json["num_key_value_heads"], path + ": num_key_value_heads",
                  "a divisor of num_attention_heads, " + std::to_string(config.heads));
    }
    if (config.head_dim < 2 || config.head_dim % 2 != 0) {
      throw std::runtime_error(path + ": head_dim: expected an even number, found " +
                               std::to_string(config.head_dim));
    }
    return config;
  }

  /// What turns keys, as transformers reads it; `where` it stands.
  void read_rope(this auto& self, const Json& rope, const std::string& where, LlamaConfig& config) {
    const auto number = [&](const char* key) {
      return self.positive(rope[key], where + ": " + key);
    };
    const auto absent = [&](const char* key) { return rope[key].kind == Json::Kind::kNull; };
    if (!absent("rope_theta")) config.rope_theta = number("rope_theta");
    self.refuse_partial_rope(rope, where);
    const Json& type = rope[absent("rope_type") ? "type" : "rope_type"];
    if (type.kind == Json::Kind::kNull || type.string == "default") return;
    if (type.string != "linear" && type.string != "llama3") {
      refuse_json(type, where + ": rope_type", "default, linear or llama3");
    }
    config.rope_scaling.factor = number("factor");
    if (type.string == "linear") return;
    config.rope_scaling.low = number("low_freq_factor");
    config.rope_scaling.high = number("high_freq_factor");
    config.rope_scaling.context = config.context;
    if (const char* key = "original_max_position_embeddings"; !absent(key)) {
      config.rope_scaling.context =
          static_cast<int>(json_integer(rope[key], where + ": " + key, 1, 1 << 30));
    }
    if (config.rope_scaling.low < config.rope_scaling.high) return;
    refuse_json(rope["high_freq_factor"], where + ": high_freq_factor",
                "more than low_freq_factor");
  }

  /// Every channel of a head is turned.
  void refuse_partial_rope(this auto&, const Json& json, const std::string& where) {
    const Json& share = json["partial_rotary_factor"];
    if (share.kind == Json::Kind::kNull) return;
    if (share.kind == Json::Kind::kNumber && share.number == 1.0) return;
    refuse_json(share, where + ": partial_rotary_factor", "1");
  }

  float positive(this auto&, const Json& value, const std::string& where) {
    const bool positive = value.kind == Json::Kind::kNumber && value.number > 0;
    if (!positive) refuse_json(value, where, "a positive number");
    return static_cast<float>(value.number);
  }

  /// Refuses what asks for another computation than a plain Llama's.
  void refuse_others(this auto& self, const Json& json, const std::string& path) {
    const auto refuse = [&](const char* key, const char* expected) {
      refuse_json(json[key], path + ": " + key, expected);
    };
    const std::string& family = json_string(json["model_type"], path + ": model_type");
    if (family != "llama" && family != "mistral") refuse("model_type", "llama or mistral");
    const Json& activation = json["hidden_act"];
    if (activation.kind != Json::Kind::kNull && activation.string != "silu") {
      refuse("hidden_act", "silu");
    }
    self.refuse_partial_rope(json, path);
    for (const char* key : {"attention_bias", "mlp_bias"}) {
      if (json[key].boolean) throw std::runtime_error(path + ": " + key + ": expected false");
    }
    for (const char* key : {"sliding_window", "quantization_config"}) {
      if (json[key].kind != Json::Kind::kNull) refuse(key, "none");
    }
  }
};
