// The Hugging Face loader: what it reads, and that it refuses what is malformed by name.
#include "artifacts/load/hugging_face.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "artifacts/tokenize/byte_pair.h"
#include "tests/artifacts/fixture.h"

namespace {

/// The loader alone needs no more than a device, and to know that no other rank has a part.
struct LoaderAlone : HuggingFace {
  Device device;
  World world;
  struct {
    LlamaConfig config;
  } model;
};

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

const std::string kConfig = R"({
  "model_type": "llama", "hidden_act": "silu", "hidden_size": 4, "intermediate_size": 6,
  "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 3,
  "max_position_embeddings": 16, "rope_theta": 500000.0, "rms_norm_eps": 1e-06,
  "tie_word_embeddings": true, "attention_bias": false, "rope_scaling": null
})";

struct Tensor {
  std::string name;
  std::vector<int> shape;
};

/// What kConfig asks for.
std::vector<Tensor> all_tensors() {
  std::vector<Tensor> tensors = {{"model.embed_tokens.weight", {3, 4}}, {"model.norm.weight", {4}}};
  for (const std::string layer : {"model.layers.0.", "model.layers.1."}) {
    tensors.push_back({layer + "input_layernorm.weight", {4}});
    tensors.push_back({layer + "self_attn.q_proj.weight", {4, 4}});
    tensors.push_back({layer + "self_attn.k_proj.weight", {2, 4}});
    tensors.push_back({layer + "self_attn.v_proj.weight", {2, 4}});
    tensors.push_back({layer + "self_attn.o_proj.weight", {4, 4}});
    tensors.push_back({layer + "post_attention_layernorm.weight", {4}});
    tensors.push_back({layer + "mlp.gate_proj.weight", {6, 4}});
    tensors.push_back({layer + "mlp.up_proj.weight", {6, 4}});
    tensors.push_back({layer + "mlp.down_proj.weight", {4, 6}});
  }
  return tensors;
}

/// Element `i` of a tensor: small whole numbers, which every type holds exactly.
float element(const std::string& name, size_t i) {
  unsigned sum = 0;
  for (const char character : name) sum = sum * 31 + static_cast<unsigned char>(character);
  return static_cast<float>((sum + 7 * i) % 120) - 60.0f;
}

/// fp16 of a small whole number.
uint16_t half_bits(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (value == 0.0f) return 0;
  const uint32_t exponent = (bits >> 23 & 0xff) - 127 + 15;
  return static_cast<uint16_t>((bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 0x3ff));
}

std::string safetensors(const std::vector<Tensor>& tensors, const std::string& type = "F32") {
  std::string header = R"({"__metadata__":{"format":"pt"})", data;
  for (const Tensor& tensor : tensors) {
    size_t count = 1;
    std::string shape;
    for (const int size : tensor.shape) {
      count *= size;
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    }
    const size_t begin = data.size();
    for (size_t i = 0; i < count; ++i) {
      const float value = element(tensor.name, i);
      const uint32_t bits = std::bit_cast<uint32_t>(value);
      const uint16_t half = type == "BF16" ? static_cast<uint16_t>(bits >> 16) : half_bits(value);
      if (type == "F32") data.append(reinterpret_cast<const char*>(&bits), 4);
      if (type != "F32") data.append(reinterpret_cast<const char*>(&half), 2);
    }
    header += ",\"" + tensor.name + R"(":{"dtype":")" + type + R"(","shape":[)" + shape +
              R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(data.size()) +
              "]}";
  }
  header += "}";
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

/// Replaces text of the header, whose length follows.
std::string with_header(const std::string& file, const std::string& from, const std::string& to) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const std::string header = replaced(file.substr(8, length), from, to);
  const uint64_t edited = header.size();
  return std::string(reinterpret_cast<const char*>(&edited), 8) + header + file.substr(8 + length);
}

struct Folder : ScratchFolder {
  Folder() {
    write_file(file("config.json"), kConfig);
    write_file(file("model.safetensors"), safetensors(all_tensors()));
  }

  /// What loading throws; empty if nothing is.
  std::string refusal() const {
    LoaderAlone loader;
    LlamaConfig config;
    LlamaWeights weights;
    try {
      loader.load(path.string(), config, weights);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }
};

/// Whether a buffer stacks these tensors.
void expect_stacked(const Buffer<float>& buffer, const std::vector<std::string>& names) {
  std::vector<float> values(buffer.size());
  buffer.download(values.data(), values.size());
  ASSERT_EQ(values.size() % names.size(), 0u) << names[0];
  const size_t each = values.size() / names.size();
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(values[i], element(names[i / each], i % each)) << names[i / each] << " " << i;
  }
}

void expect_all_loaded(const Folder& folder) {
  LoaderAlone loader;
  LlamaConfig config;
  LlamaWeights weights;
  loader.load(folder.path.string(), config, weights);
  expect_stacked(weights.token_embedding, {"model.embed_tokens.weight"});
  expect_stacked(weights.final_norm, {"model.norm.weight"});
  const auto layers = [](const std::string& name) {
    return std::vector<std::string>{"model.layers.0." + name, "model.layers.1." + name};
  };
  expect_stacked(weights.attention_norm, layers("input_layernorm.weight"));
  expect_stacked(weights.wq, layers("self_attn.q_proj.weight"));
  expect_stacked(weights.wk, layers("self_attn.k_proj.weight"));
  expect_stacked(weights.wv, layers("self_attn.v_proj.weight"));
  expect_stacked(weights.wo, layers("self_attn.o_proj.weight"));
  expect_stacked(weights.ffn_norm, layers("post_attention_layernorm.weight"));
  expect_stacked(weights.w_gate, layers("mlp.gate_proj.weight"));
  expect_stacked(weights.w_up, layers("mlp.up_proj.weight"));
  expect_stacked(weights.w_down, layers("mlp.down_proj.weight"));
  EXPECT_TRUE(weights.output.empty());
}

TEST(HuggingFace, ReadsEveryFieldOfTheConfiguration) {
  const Folder folder;
  LoaderAlone loader;
  LlamaConfig config;
  LlamaWeights weights;
  loader.load(folder.path.string(), config, weights);
  EXPECT_EQ(config.dim, 4);
  EXPECT_EQ(config.ffn_dim, 6);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.heads, 2);
  EXPECT_EQ(config.kv_heads, 1);
  EXPECT_EQ(config.head_dim, 2);
  EXPECT_EQ(config.vocab_size, 3);
  EXPECT_EQ(config.context, 16);
  EXPECT_EQ(config.rope_theta, 500000.0f);
  EXPECT_EQ(config.norm_eps, 1e-6f);
  EXPECT_TRUE(config.tied_embeddings);
  EXPECT_EQ(config.rope_layout, RopeLayout::kHalfSplit);
}

TEST(HuggingFace, ReadsFp32Fp16AndBf16) {
  const Folder folder;
  for (const char* type : {"F32", "F16", "BF16"}) {
    write_file(folder.file("model.safetensors"), safetensors(all_tensors(), type));
    expect_all_loaded(folder);
  }
}

TEST(HuggingFace, HalvesBecomeTheSameNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(float_from_fp16(0x3c01), 1.0f + 0x1p-10f);
  EXPECT_EQ(float_from_fp16(0xc000), -2.0f);
  EXPECT_EQ(float_from_fp16(0x7bff), 65504.0f);
  EXPECT_EQ(float_from_fp16(0x0001), 0x1p-24f);  // subnormal
  EXPECT_EQ(float_from_fp16(0x83ff), -1023 * 0x1p-24f);
  EXPECT_TRUE(std::signbit(float_from_fp16(0x8000)));
  EXPECT_EQ(float_from_fp16(0xfc00), -infinity);
  EXPECT_TRUE(std::isnan(float_from_fp16(0x7e00)));
  EXPECT_EQ(float_from_bf16(0x3f80), 1.0f);
  EXPECT_EQ(float_from_bf16(0xff80), -infinity);
}

TEST(HuggingFace, ReadsSeveralFilesUnderAnIndex) {
  const Folder folder;
  const std::vector<Tensor> tensors = all_tensors();
  const std::vector<Tensor> parts[] = {{tensors.begin(), tensors.begin() + 8},
                                       {tensors.begin() + 8, tensors.end()}};
  std::string map;
  for (int i = 0; i < 2; ++i) {
    const std::string name = "part-" + std::to_string(i) + ".safetensors";
    write_file(folder.file(name), safetensors(parts[i], i == 0 ? "F32" : "BF16"));
    for (const Tensor& tensor : parts[i]) {
      map += (map.empty() ? "\"" : ",\"") + tensor.name + "\":\"" + name + "\"";
    }
  }
  std::filesystem::remove(folder.file("model.safetensors"));
  const std::string index = folder.file("model.safetensors.index.json");
  const std::string whole = "{\"weight_map\":{" + map + "}}";
  write_file(index, whole);
  expect_all_loaded(folder);

  write_file(index, replaced(whole, "part-1", "../part-1"));
  EXPECT_NE(folder.refusal().find("expected the name of a file beside the index, found \"../part"),
            std::string::npos);
  write_file(index, replaced(whole, "part-1", "part-0"));
  EXPECT_NE(folder.refusal().find("part-0.safetensors: holds no tensor model.layers.0.mlp.gate"),
            std::string::npos);
  write_file(index, replaced(whole, "part-1", "part-2"));
  EXPECT_NE(folder.refusal().find("part-2.safetensors: cannot be opened"), std::string::npos);
  write_file(index, "{}");
  EXPECT_NE(folder.refusal().find("weight_map: expected an object, found nothing"),
            std::string::npos);
  write_file(index, whole);
  write_file(folder.file("part-1.safetensors"), safetensors(tensors));
  EXPECT_NE(folder.refusal().find("named twice"), std::string::npos);
}

TEST(HuggingFace, ReadsAnOutputLayerOfItsOwn) {
  const Folder folder;
  write_file(folder.file("config.json"), replaced(kConfig, R"("tie_word_embeddings": true)",
                                                  R"("tie_word_embeddings": false)"));
  EXPECT_NE(folder.refusal().find("no tensor lm_head.weight"), std::string::npos);
  std::vector<Tensor> tensors = all_tensors();
  tensors.push_back({"lm_head.weight", {3, 4}});
  write_file(folder.file("model.safetensors"), safetensors(tensors));
  LoaderAlone loader;
  LlamaConfig config;
  LlamaWeights weights;
  loader.load(folder.path.string(), config, weights);
  EXPECT_FALSE(config.tied_embeddings);
  expect_stacked(weights.output, {"lm_head.weight"});

  // Stored although it is tied: the same numbers a second time, which are not read.
  write_file(folder.file("config.json"), kConfig);
  expect_all_loaded(folder);
}

TEST(HuggingFace, KnowsTheNewerSpellingOfRope) {
  const Folder folder;
  write_file(folder.file("config.json"),
             replaced(kConfig, R"("rope_theta": 500000.0)",
                      R"("rope_parameters": {"rope_theta": 20000.0, "rope_type": "default"})"));
  LoaderAlone loader;
  LlamaConfig config;
  LlamaWeights weights;
  loader.load(folder.path.string(), config, weights);
  EXPECT_EQ(config.rope_theta, 20000.0f);
}

const Json& rope_fixture() {
  static const Json json =
      read_json(std::string(COOP_SOURCE_DIR) + "/tests/fixtures/rope_scaling.json");
  return json;
}

/// What the fixture says of RoPE, in the place of what stands there from its context on.
std::string with_rope(const std::string& config, const Json& shape, const std::string& from) {
  return replaced(config, from, shape["fields"].string);
}

TEST(HuggingFace, FrequenciesOfScaledRopeAreThoseOfTransformers) {
  const Folder folder;
  ASSERT_EQ(rope_fixture()["shapes"].items.size(), 6u);
  for (const Json& shape : rope_fixture()["shapes"].items) {
    const std::string plain = replaced(kConfig, R"(, "rope_scaling": null)", "");
    const char* from = R"("max_position_embeddings": 16, "rope_theta": 500000.0)";
    write_file(folder.file("config.json"), with_rope(plain, shape, from));
    ASSERT_EQ(folder.refusal(), "");
    LoaderAlone loader;
    LlamaConfig config;
    LlamaWeights weights;
    loader.load(folder.path.string(), config, weights);
    const int head_dim = static_cast<int>(shape["head_dim"].number);
    ASSERT_EQ(shape["frequencies"].items.size(), head_dim / 2u);
    for (int pair = 0; pair < head_dim / 2; ++pair) {
      const double expected = shape["frequencies"].items[pair].number;
      EXPECT_NEAR(rope_frequency(pair, head_dim, config.rope_theta, config.rope_scaling), expected,
                  1e-6 * expected)
          << shape["fields"].string << ", pair " << pair;
    }
  }
}

TEST(HuggingFace, LogitsWithScaledRopeAreThoseOfTransformers) {
  const std::string tiny = std::string(COOP_SOURCE_DIR) + "/examples/models/tiny/";
  std::stringstream config;
  config << std::ifstream(tiny + "config.json").rdbuf();
  std::vector<int> tokens;
  for (const Json& token : rope_fixture()["tokens"].items) {
    tokens.push_back(static_cast<int>(token.number));
  }
  int compared = 0;
  for (const Json& shape : rope_fixture()["shapes"].items) {
    const std::vector<Json>& rows = shape["every_64th_logit"].items;
    if (rows.empty()) continue;
    const ScratchFolder folder;
    const char* from = R"("max_position_embeddings": 512,
  "rope_theta": 10000.0)";
    write_file(folder.file("config.json"), with_rope(config.str(), shape, from));
    std::filesystem::create_symlink(tiny + "model.safetensors", folder.file("model.safetensors"));
    HandBound<Fixture<HuggingFace>> service;
    service.model.load(folder.path.string());
    const auto logits = all_logits(service, tokens, 50);
    for (size_t row = 0; row < rows.size(); ++row) {
      const auto& found = logits[tokens.size() - rows.size() + row];
      for (size_t i = 0; i < rows[row].items.size(); ++i, ++compared) {
        EXPECT_NEAR(found[64 * i], rows[row].items[i].number, 1e-4) << shape["fields"].string;
      }
    }
  }
  EXPECT_EQ(compared, 2 * 6 * 16);
}

struct Refusal {
  const char* from;
  const char* to;
  const char* message;
};

TEST(HuggingFace, RefusesAConfigurationByItsField) {
  const Refusal cases[] = {
      {R"("llama")", R"("gpt_neox")",
       R"(config.json: model_type: expected llama or mistral, found "gpt_neox")"},
      {R"("llama")", R"("deepseek_v3")",  // whose cache holds latents, which belong to no head
       R"(config.json: model_type: expected llama or mistral, found "deepseek_v3")"},
      {R"("model_type": "llama",)", "", "model_type: expected a string, found nothing"},
      {R"("silu")", R"("gelu")", R"(hidden_act: expected silu, found "gelu")"},
      {R"("hidden_size": 4)", R"("hidden_size": "4")",
       R"(hidden_size: expected an integer from 1 to 1048576, found "4")"},
      {R"("hidden_size": 4)", R"("hidden_size": 4.5)", "hidden_size: expected an integer"},
      {R"("hidden_size": 4)", R"("hidden_size": 1e300)", "hidden_size: expected an integer"},
      {R"("num_hidden_layers": 2)", R"("num_hidden_layers": -2)", "num_hidden_layers: expected"},
      {R"("num_hidden_layers": 2)", R"("num_hidden_layers": 3)",
       "no tensor model.layers.2.input_layernorm.weight"},
      {R"("num_hidden_layers": 2)", R"("num_hidden_layers": 1)",
       "model.layers.1.input_layernorm.weight: no part of a plain Llama"},
      {R"("vocab_size": 3,)", "", "vocab_size: expected an integer from 1 to 16777216, found noth"},
      {R"("vocab_size": 3,)", R"("vocab_size": 16777216,)",
       "model.embed_tokens.weight: its shape is (3, 4), but config.json asks for (16777216, 4)"},
      {R"("num_key_value_heads": 1)", R"("num_key_value_heads": 3)",
       "num_key_value_heads: expected a divisor of num_attention_heads, 2, found 3"},
      {R"("num_key_value_heads": 1,)", "",
       "k_proj.weight: its shape is (2, 4), but config.json as"},
      {R"("num_attention_heads": 2)", R"("num_attention_heads": 4)",
       "head_dim: expected an even number, found 1"},
      {"1e-06", "0", "rms_norm_eps: expected a positive number, found 0"},
      {"500000.0", "[]", "rope_theta: expected a positive number, found an array"},
      {R"("attention_bias": false)", R"("attention_bias": true)", "attention_bias: expected false"},
      {R"("rope_scaling": null)", R"("rope_scaling": {"rope_type": "yarn", "factor": 2.0})",
       R"(rope_scaling: rope_type: expected default, linear or llama3, found "yarn")"},
      {R"("rope_scaling": null)", R"("rope_parameters": {"rope_type": 3})",
       "rope_parameters: rope_type: expected default, linear or llama3, found 3"},
      {R"("rope_scaling": null)", R"("rope_scaling": {"type": "linear", "factor": 0})",
       "rope_scaling: factor: expected a positive number, found 0"},
      {R"("rope_scaling": null)", R"("rope_scaling": {"rope_type": "llama3", "factor": 8.0})",
       "rope_scaling: low_freq_factor: expected a positive number, found nothing"},
      {R"("rope_scaling": null)",
       R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4,
                           "high_freq_factor": 4})",
       "rope_scaling: high_freq_factor: expected more than low_freq_factor, found 4"},
      {R"("rope_scaling": null)",
       R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
                           "high_freq_factor": 4, "original_max_position_embeddings": 0.5})",
       "rope_scaling: original_max_position_embeddings: expected an integer from 1"},
      {R"("rope_scaling": null)", R"("rope_scaling": 8)", "rope_scaling: expected an object"},
      {R"("rope_scaling": null)", R"("partial_rotary_factor": 0.25)",
       "config.json: partial_rotary_factor: expected 1, found 0.25"},
      {R"("rope_scaling": null)", R"("rope_parameters": {"partial_rotary_factor": 0.5})",
       "rope_parameters: partial_rotary_factor: expected 1, found 0.5"},
      {R"("rope_scaling": null)", R"("sliding_window": 4096)",
       "sliding_window: expected none, found 4096"},
      {R"("rope_scaling": null)", R"("quantization_config": {})",
       "quantization_config: expected none, found an object"},
      {R"("rope_scaling": null)", R"("rope_scaling" null)", "config.json:5:72: expected ':'"},
      {kConfig.c_str(), "[]", "config.json: expected an object, found an array"},
      {kConfig.c_str(), "", "config.json:1:1: expected a value"},
  };
  const Folder folder;
  for (const Refusal& test : cases) {
    write_file(folder.file("config.json"), replaced(kConfig, test.from, test.to));
    EXPECT_NE(folder.refusal().find(test.message), std::string::npos)
        << test.from << " -> " << test.to << ": " << folder.refusal();
  }
  std::filesystem::remove(folder.file("config.json"));
  EXPECT_NE(folder.refusal().find("config.json: cannot be opened"), std::string::npos);
}

TEST(HuggingFace, RefusesTensorsByTheirField) {
  const Refusal cases[] = {
      {R"("dtype":"F32")", R"("dtype":"I64")",
       R"(model.embed_tokens.weight: dtype: expected F32, F16 or BF16, found "I64")"},
      {R"("dtype":"F32")", R"("dtype":"F16")",
       "model.embed_tokens.weight: data_offsets: 48 bytes do not hold F16 of shape (3, 4)"},
      {R"("dtype":"F32",)", "",
       "model.embed_tokens.weight: dtype: expected a string, found nothing"},
      {R"("shape":[3,4])", R"("shape":[4,3])",
       "model.embed_tokens.weight: its shape is (4, 3), but config.json asks for (3, 4)"},
      {R"("shape":[3,4])", R"("shape":[3,-4])",
       "model.embed_tokens.weight: shape: expected an int"},
      {R"("shape":[3,4])", R"("shape":[4294967296,4294967296])", "data_offsets: 48 bytes do not"},
      {R"("shape":[3,4])", R"("shape":12)", "shape: expected an array, found 12"},
      {R"([0,48])", R"([0,47])", "data_offsets: 47 bytes do not hold F32"},
      {R"([0,48])", R"([48,0])", "data_offsets: end: expected an integer from 48 to "},
      {R"([0,48])", R"([4,52])", "data_offsets: a gap before 4"},
      {R"([48,64])", R"([32,48])", "data_offsets: two tensors overlap at 32"},
      {R"([0,48])", R"([18446744073709551568,18446744073709551616])",
       "data_offsets: begin: expected an integer from 0 to "},
      {R"([0,48])", R"([0,48,96])", "data_offsets: expected two integers, found an array"},
      {R"("model.norm.weight")", R"("model.embed_tokens.weight")", "named twice"},
      {R"("model.norm.weight")", R"("model.norm.bias")", "no tensor model.norm.weight"},
      {R"({"dtype")", R"([[{"dtype")", "model.safetensors: header:1:"},
  };
  const Folder folder;
  const std::string whole = safetensors(all_tensors());
  for (const Refusal& test : cases) {
    write_file(folder.file("model.safetensors"), with_header(whole, test.from, test.to));
    EXPECT_NE(folder.refusal().find(test.message), std::string::npos)
        << test.from << " -> " << test.to << ": " << folder.refusal();
  }
  write_file(folder.file("model.safetensors"), whole + "x");
  EXPECT_NE(folder.refusal().find("1 bytes follow the last tensor"), std::string::npos);
  std::string longer = whole;
  std::memset(longer.data(), 0xff, 8);
  write_file(folder.file("model.safetensors"), longer);
  EXPECT_NE(folder.refusal().find("header length: 18446744073709551615 bytes do not fit"),
            std::string::npos);
  std::vector<Tensor> tensors = all_tensors();
  tensors.push_back({"model.layers.0.self_attn.q_proj.bias", {4}});
  write_file(folder.file("model.safetensors"), safetensors(tensors));
  EXPECT_NE(folder.refusal().find("q_proj.bias: no part of a plain Llama"), std::string::npos);
  std::filesystem::remove(folder.file("model.safetensors"));
  EXPECT_NE(folder.refusal().find("model.safetensors: cannot be opened"), std::string::npos);
}

TEST(HuggingFace, TruncatedAtAnyByteIsRefused) {
  const Folder folder;
  const std::string whole = safetensors(all_tensors(), "BF16");
  for (size_t length = 0; length < whole.size(); ++length) {
    write_file(folder.file("model.safetensors"), whole.substr(0, length));
    ASSERT_NE(folder.refusal(), "") << length;
  }
  write_file(folder.file("model.safetensors"), whole);
  for (size_t length = 0; length < kConfig.size(); ++length) {
    write_file(folder.file("config.json"), kConfig.substr(0, length));
    ASSERT_NE(folder.refusal(), "") << length;
  }
}

TEST(HuggingFace, OneDamagedByteNeverCrashes) {
  const Folder folder;
  const std::string whole = safetensors(all_tensors(), "BF16");
  uint64_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  for (size_t at = 0; at < 8 + header; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    write_file(folder.file("model.safetensors"), damaged);
    folder.refusal();  // may load: the name of the metadata has changed, say
  }
  write_file(folder.file("model.safetensors"), whole);
  for (size_t at = 0; at < kConfig.size(); ++at) {
    std::string damaged = kConfig;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 7));
    write_file(folder.file("config.json"), damaged);
    folder.refusal();
  }
}

std::string json_error(const std::string& text) {
  try {
    JsonReader(text, "j").read();
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Json, ReadsEveryKindOfValue) {
  const Json json =
      JsonReader(
          R"( {"a": [1, -2.5e3, true, false, null], "b": {"c": "x\n\"\u00e9\ud83d\ude00"}} )", "j")
          .read();
  EXPECT_EQ(json["a"].items.size(), 5u);
  EXPECT_EQ(json["a"].items[1].number, -2500.0);
  EXPECT_TRUE(json["a"].items[2].boolean);
  EXPECT_EQ(json["a"].items[4].kind, Json::Kind::kNull);
  EXPECT_EQ(json["b"]["c"].string, "x\n\"\u00e9\U0001F600");
  EXPECT_EQ(json["nothing"]["here"].kind, Json::Kind::kNull);
}

TEST(Json, NamesLineAndColumn) {
  EXPECT_EQ(json_error(""), "j:1:1: expected a value");
  EXPECT_EQ(json_error("{\"a\": 1,\n \"b\" 2}"), "j:2:6: expected ':'");
  EXPECT_EQ(json_error("[1 2]"), "j:1:4: expected ',' or ']'");
  EXPECT_EQ(json_error("[1,]"), "j:1:4: expected a value");
  EXPECT_EQ(json_error("{,}"), "j:1:2: expected a string");
  EXPECT_EQ(json_error("[] []"), "j:1:4: expected the end of the document");
  EXPECT_EQ(json_error("\"abc"), "j:1:5: the document ends within a string");
  EXPECT_EQ(json_error("\"a\nb\""), "j:1:3: a control character in a string");
  EXPECT_EQ(json_error(R"("\x")"), "j:1:3: an unknown escape in a string");
  EXPECT_EQ(json_error(R"("\u12g4")"), "j:1:3: expected four hexadecimal digits");
  EXPECT_EQ(json_error(R"("\ud800x")"), "j:1:7: half of a surrogate pair");
  EXPECT_EQ(json_error("1-2"), "j:1:4: not a number");
  EXPECT_EQ(json_error("1e999"), "j:1:6: not a number");
  EXPECT_EQ(json_error("nul"), "j:1:1: expected a value");
  EXPECT_EQ(json_error(std::string(100000, '[')), "j:1:66: nested too deep");
}

TEST(HuggingFace, TheTinyModelEqualsTransformersAtEveryPosition) {
  const std::string path = COOP_SOURCE_DIR "/examples/models/tiny";
  const Json reference = read_json(COOP_SOURCE_DIR "/tests/fixtures/tiny_logits.json");
  struct Service : coop::Service {
    HuggingFace loader;
    BytePair tokenizer;
    Llama model;
    ContiguousKv kv_cache;
    FullAttention attention;
    NoCompression compressor;
    TopP sampler;
  };
  HandBound<Service> service;
  service.model.load(path);
  service.tokenizer.load(path, service.model.config.vocab_size);
  std::vector<int> tokens;
  for (const Json& token : reference["tokens"].items) tokens.push_back(int(token.number));
  EXPECT_EQ(service.tokenizer.encode(reference["text"].string), tokens);
  const std::vector<std::vector<float>> logits = all_logits(service, tokens, 64);
  double largest = 0;
  for (size_t row = 0; row < tokens.size(); ++row) {
    const std::vector<Json>& expected = reference["every_64th_logit"].items.at(row).items;
    for (size_t i = 0; i < expected.size(); ++i) {
      largest = std::max(largest, std::abs(expected[i].number - logits[row].at(64 * i)));
    }
    const auto likeliest = std::max_element(logits[row].begin(), logits[row].end());
    EXPECT_EQ(likeliest - logits[row].begin(), reference["likeliest"].items.at(row).number) << row;
  }
  EXPECT_LT(largest, 1e-4);
}

}  // namespace
