// Projections against torch (tests/fixtures), and files that are not what they should be.
#include "artifacts/compress/linear_decouple.h"

#include <cstring>
#include <fstream>
#include <functional>

#include "artifacts/load/json.h"
#include "tests/artifacts/fixture.h"

namespace {

constexpr int kKvHeads = 2, kHeadDim = 8, kLayers = 2;
using Floats = std::vector<float>;
using Service = HandBound<Fixture<NaiveLoader, LinearDecouple>>;

const std::string kFixture = std::string(COOP_SOURCE_DIR) + "/tests/fixtures/linear_decouple";

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Floats floats(const Json& array) {
  Floats out;
  for (const Json& item : array.items) out.push_back(static_cast<float>(item.number));
  return out;
}

/// A service that has loaded its model and the fixture's projections, or those at `weights`.
struct Loaded {
  NaiveLlama naive = random_llama(4, kKvHeads, kHeadDim);
  Service service;

  explicit Loaded(int image_tokens = 0, const std::string& weights = kFixture + ".kvcm") {
    service.loader.source = &naive;
    service.compressor.weights = weights;
    service.compressor.image_tokens = image_tokens;
    service.model.load("");
  }

  /// Rows (layers, kv_heads, tokens, head_dim), as a model gives them: by token.
  void append(const Floats& keys, const Floats& values, int tokens) {
    const int size = kKvHeads * kHeadDim;
    for (int layer = 0; layer < kLayers; ++layer) {
      Floats by_token[2] = {Floats(tokens * size), Floats(tokens * size)};
      for (int i = 0; i < tokens * size; ++i) {
        const int token = i / size, head = i % size / kHeadDim;
        const int from = ((layer * kKvHeads + head) * tokens + token) * kHeadDim + i % kHeadDim;
        by_token[0][i] = keys[from];
        by_token[1][i] = values[from];
      }
      service.kv_cache.append(layer, by_token[0].data(), by_token[1].data(), tokens);
    }
  }

  /// What the cache holds, as `append` takes it: keys, then values.
  Floats cached() {
    Floats out;
    for (const bool is_key : {true, false}) {
      for (int layer = 0; layer < kLayers; ++layer) {
        for (int head = 0; head < kKvHeads; ++head) {
          const float* rows =
              is_key ? service.kv_cache.keys(layer) : service.kv_cache.values(layer);
          rows += head * service.kv_cache.capacity(layer) * kHeadDim;
          out.insert(out.end(), rows, rows + service.kv_cache.length(layer) * kHeadDim);
        }
      }
    }
    return out;
  }
};

TEST(LinearDecouple, MakesTheRowsThatTorchMakes) {
  const Json cases = read_json(kFixture + ".json");
  ASSERT_EQ(cases.items.size(), 5u);
  for (const Json& each : cases.items) {
    const int tokens = static_cast<int>(each["tokens"].number);
    const int kept = static_cast<int>(each["kept"].number);
    Loaded loaded(static_cast<int>(each["image"].number));
    loaded.append(floats(each["keys"]), floats(each["values"]), tokens);
    loaded.service.hooks.after_prefill();
    Floats expected = floats(each["compressed_keys"]);
    const Floats values = floats(each["compressed_values"]);
    expected.insert(expected.end(), values.begin(), values.end());
    const Floats found = loaded.cached();
    ASSERT_EQ(found.size(), expected.size()) << tokens << " tokens";
    for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-3) << i;
    for (int layer = 0; layer < kLayers; ++layer) {
      EXPECT_EQ(loaded.service.kv_cache.length(layer), kept);
      EXPECT_EQ(loaded.service.kv_cache.next_position(layer), tokens);
    }
  }
}

/// Slots go on behind what is kept, positions behind what was read.
TEST(LinearDecouple, DecodingGoesOnBehindTheKeptRows) {
  Loaded loaded;
  Service& service = loaded.service;
  service.model.prefill(random_tokens(903, loaded.naive.vocab_size));
  EXPECT_EQ(service.kv_cache.length(1), 903 / 5 + 903 % 5);
  EXPECT_EQ(service.kv_cache.next_position(1), 903);
  const size_t roomy = 183 + 183 / 8 + 3 * service.kv_cache.chunk;
  EXPECT_LE(service.kv_cache.bytes(), roomy * kLayers * 2 * kKvHeads * kHeadDim * sizeof(float));
  const Floats before = loaded.cached();
  const auto logits = all_logits(service, random_tokens(9, loaded.naive.vocab_size));
  EXPECT_EQ(service.kv_cache.length(1), 183 + 9);
  EXPECT_EQ(service.kv_cache.next_position(1), 912);
  for (const float logit : logits.back()) EXPECT_TRUE(std::isfinite(logit));
  const Floats after = loaded.cached();
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + 183 * kHeadDim, after.begin()));
}

TEST(LinearDecouple, WithoutWeightsOrWithTooFewTokensNothingChanges) {
  for (const std::string& weights : {std::string(), kFixture + ".kvcm"}) {
    Loaded compressing(0, weights);
    HandBound<Fixture<NaiveLoader>> full;
    full.loader.source = &compressing.naive;
    full.model.load("");
    const std::vector<int> tokens = random_tokens(weights.empty() ? 100 : 9, 50);
    compressing.service.model.prefill(tokens);
    full.model.prefill(tokens);
    EXPECT_EQ(all_logits(compressing.service, random_tokens(20, 50, 4)),
              all_logits(full, random_tokens(20, 50, 4)))
        << "not bit for bit";
    EXPECT_EQ(compressing.service.kv_cache.bytes(), full.kv_cache.bytes());
  }
}

/// What a file becomes, and what has to be said of it.
struct Spoiled {
  std::function<void(std::string&)> spoil;
  std::string said;
};

void put(std::string& bytes, size_t at, uint32_t number, size_t size = 4) {
  std::memcpy(&bytes[at], &number, size);
}

TEST(LinearDecouple, RefusesWhatIsNoFileOfThisModelAndLeavesTheCache) {
  const std::string good = contents(kFixture + ".kvcm");
  const std::vector<Spoiled> all = {
      {[](std::string& file) { put(file, 0, 0x4b56434e); }, "magic is"},
      {[](std::string& file) { put(file, 4, 2); }, "version is 2, and must be 1"},
      {[](std::string& file) { put(file, 8, 3, 2); }, "dtype is 3"},
      {[](std::string& file) { put(file, 8, 2, 2); }, "layer 0, weight 1: rows is"},  // of fp32
      {[](std::string& file) { put(file, 12, 1); }, "bytes are left over"},
      {[](std::string& file) { put(file, 12, 3); }, "the file ends before layer 2"},
      {[](std::string& file) { put(file, 12, 0); }, "layers is 0"},
      {[](std::string& file) { put(file, 16, 4); }, "heads is 4, but the model has 2"},
      {[](std::string& file) { put(file, 20, 16); }, "hidden_size is 40, and must be 80"},
      {[](std::string& file) { put(file, 24, 41); }, "hidden_size is 41"},
      {[](std::string& file) { put(file, 28, 0); }, "factor is 0"},
      {[](std::string& file) { put(file, 28, 1 << 20); }, "factor is 1048576"},
      {[](std::string& file) { put(file, 36, 11); }, "weights_per_layer is 11"},
      {[](std::string& file) { put(file, 40, 1u << 31); }, "the file ends before metadata"},
      {[](std::string& file) { put(file, 44, 9); }, "layer 0, weight 0: rows is 9"},
      {[](std::string& file) { put(file, 48, 8); }, "layer 0, weight 0: columns is 8"},
      {[](std::string& file) { put(file, 52, 2); }, "layer 0, weight 0: has_bias is 2"},
      {[](std::string& file) { file += '\0'; }, "1 bytes are left over"},
      {[](std::string& file) { file.clear(); }, "the file ends before magic"}};
  const ScratchFolder folder;
  const std::string path = folder.file("spoiled.kvcm");
  Loaded loaded;
  const Floats rows(kLayers * kKvHeads * 30 * kHeadDim, 0.5f);
  loaded.append(rows, rows, 30);
  const Floats before = loaded.cached();
  const auto expect_refused = [&](const std::string& file, const std::string& said) {
    std::ofstream(path, std::ios::binary) << file;
    loaded.service.compressor.weights = path;
    try {
      loaded.service.hooks.after_reset();
      ADD_FAILURE() << "taken, where " << said;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).find(path + ": "), 0u) << error.what();
      EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
    }
    loaded.service.hooks.after_prefill();  // what was read before is not believed either
    EXPECT_EQ(loaded.cached(), before) << said;
  };
  for (const Spoiled& each : all) {
    std::string file = good;
    each.spoil(file);
    expect_refused(file, each.said);
  }
  for (size_t size = 1; size < good.size(); size += 53) {
    expect_refused(good.substr(0, size), "the file ends before");
  }
  loaded.service.compressor.weights = folder.file("nowhere");
  EXPECT_THROW(loaded.service.hooks.after_reset(), std::runtime_error);
}

TEST(LinearDecouple, RefusesAnotherModelsLayersAndHeadSizes) {
  for (const auto& [kv_heads, head_dim, layers] : {std::array{4, 8, 2}, {2, 16, 2}, {2, 8, 3}}) {
    NaiveLlama naive = random_llama(4, kv_heads, head_dim);
    naive.layers = layers;
    naive.randomize(7);
    Service service;
    service.loader.source = &naive;
    service.compressor.weights = kFixture + ".kvcm";
    EXPECT_THROW(service.model.load(""), std::runtime_error);
  }
}

TEST(Kvcm, WhatIsWrittenIsRead) {
  const ScratchFolder folder;
  Kvcm kvcm = read_kvcm(kFixture + ".kvcm");
  EXPECT_EQ(kvcm.factor, 5u);
  EXPECT_EQ(kvcm.min_rows, 2u);
  kvcm.metadata = "trained on nothing";
  for (const bool has_image : {true, false}) {
    kvcm.has_image = has_image;
    kvcm.projections[1][0][2].bias.clear();
    write_kvcm(folder.file("again.kvcm"), kvcm);
    const Kvcm again = read_kvcm(folder.file("again.kvcm"));
    EXPECT_EQ(again.layers, kvcm.layers);
    EXPECT_EQ(again.metadata, kvcm.metadata);
    EXPECT_EQ(again.has_image, has_image);
    for (int layer = 0; layer < kLayers; ++layer) {
      for (int i = 0; i < (has_image ? 12 : 6); ++i) {
        EXPECT_EQ(again.projections[layer][i / 3][i % 3].weight,
                  kvcm.projections[layer][i / 3][i % 3].weight);
        EXPECT_EQ(again.projections[layer][i / 3][i % 3].bias,
                  kvcm.projections[layer][i / 3][i % 3].bias);
      }
    }
  }
  EXPECT_NO_THROW(Loaded(0, folder.file("again.kvcm")));
  EXPECT_THROW(Loaded(3, folder.file("again.kvcm")), std::runtime_error);  // of text alone
}

TEST(Kvcm, Bfloat16IsTheFirstHalfOfAFloat) {
  const ScratchFolder folder;
  const Kvcm kvcm = read_kvcm(kFixture + ".kvcm");
  std::string file = contents(kFixture + ".kvcm");
  put(file, 8, 1, 2);
  size_t at = 44;
  for (const auto& projections : kvcm.projections) {
    for (int i = 0; i < 12; ++i) {
      const KvcmLinear& linear = projections[i / 3][i % 3];
      at += 12;
      for (const Floats* numbers : {&linear.weight, &linear.bias}) {
        for (const float number : *numbers) {
          put(file, at, std::bit_cast<uint32_t>(number) >> 16, 2);
          at += 2;
        }
      }
    }
  }
  ASSERT_EQ(at, file.size());
  std::ofstream(folder.file("bf16.kvcm"), std::ios::binary) << file;
  const Kvcm read = read_kvcm(folder.file("bf16.kvcm"));
  const float number = kvcm.projections[1][3][2].weight[5];
  EXPECT_NE(number, 0.0f);
  EXPECT_EQ(read.projections[1][3][2].weight[5],
            std::bit_cast<float>(std::bit_cast<uint32_t>(number) & 0xffff0000u));
}

}  // namespace
