// The model against a naive reference in double precision.
#include "artifacts/model/llama.h"

#include "tests/artifacts/fixture.h"

namespace {

struct Shape {
  const char* name;
  int heads, kv_heads, head_dim;
  bool interleaved, tied;
  int dim;
};

class LlamaShape : public testing::TestWithParam<Shape> {};

TEST_P(LlamaShape, LogitsOfEveryPositionEqualTheReference) {
  const Shape& shape = GetParam();
  const NaiveLlama naive = random_llama(shape.heads, shape.kv_heads, shape.head_dim,
                                        shape.interleaved, shape.tied, shape.dim);
  const std::vector<int> tokens = random_tokens(150, naive.vocab_size);
  const auto expected = naive.forward(tokens);
  for (const int chunk : {1, 7, 64}) {
    HandBound<Fixture<NaiveLoader>> service;
    service.loader.source = &naive;
    service.model.load("");
    EXPECT_LT(largest_difference(expected, all_logits(service, tokens, chunk)), 1e-4)
        << "prefilled by " << chunk;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, LlamaShape,
                         testing::Values(Shape{"multi_head", 4, 4, 8, true, true, 32},
                                         Shape{"grouped", 4, 2, 8, true, true, 32},
                                         Shape{"multi_query", 4, 1, 8, true, true, 32},
                                         Shape{"half_split", 4, 2, 8, false, true, 32},
                                         Shape{"untied", 4, 2, 8, true, false, 32},
                                         Shape{"half_split_untied_three_to_one", 6, 2, 6, false,
                                               false, 36},
                                         Shape{"heads_wider_than_dim", 4, 2, 16, false, true, 24},
                                         Shape{"odd_sizes", 3, 3, 10, true, true, 27}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Llama, Stories260KEqualsTheReferenceAtEveryPosition) {
  const std::string path = shared_data("stories260K.bin");
  if (path.empty()) GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
  NaiveLlama naive;
  ASSERT_TRUE(naive.read_llama2c(path));
  HandBound<Fixture<Llama2cCheckpoint>> service;
  service.model.load(path);
  service.tokenizer.load(path, service.model.config.vocab_size);
  std::vector<int> tokens = service.tokenizer.encode("Once upon a time, a dog found a red ball.");
  const std::vector<int> more = random_tokens(200, 512);
  tokens.insert(tokens.end(), more.begin(), more.end());
  EXPECT_LT(largest_difference(naive.forward(tokens), all_logits(service, tokens)), 1e-4);

  service.model.load(path);
  EXPECT_LT(largest_difference(naive.forward(tokens), all_logits(service, tokens, 64)), 1e-4);
}

TEST(Llama, Stories260KTellsOfLily) {
  const std::string path = shared_data("stories260K.bin");
  if (path.empty()) GTEST_SKIP() << "stories260K.bin is absent; COOP_SHARED_DATA names its folder";
  HandBound<Fixture<Llama2cCheckpoint>> service;
  service.model.load(path);
  service.tokenizer.load(path, service.model.config.vocab_size);
  const std::vector<int> prompt = service.tokenizer.encode("Once upon a time");
  service.model.prefill(prompt);
  std::string text = "Once upon a time";
  int token = prompt.back();
  for (int i = 0; i < 60; ++i) {
    const int next = service.sampler.sample(service.model.logits().data(), 512);
    text += service.tokenizer.decode(token, next);
    token = next;
    service.model.forward(&token, 1);
  }
  const std::string begins =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park";
  EXPECT_EQ(text.substr(0, begins.size()), begins);
}

TEST(Llama, RefusesTokensOutsideOfTheVocabulary) {
  const NaiveLlama naive = random_llama();
  HandBound<Fixture<NaiveLoader>> service;
  service.loader.source = &naive;
  service.model.load("");
  for (const int token : {-1, 50})
    EXPECT_THROW(service.model.forward(&token, 1), std::out_of_range);
}

TEST(Llama, FreesAllItAllocates) {
  const NaiveLlama naive = random_llama();
  auto service = std::make_unique<HandBound<Fixture<NaiveLoader>>>();
  service->loader.source = &naive;
  service->model.load("");
  const size_t once = service->device.live_bytes;
  service->model.load("");
  EXPECT_EQ(service->device.live_bytes, once);
}

}  // namespace
