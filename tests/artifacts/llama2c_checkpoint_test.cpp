// llama2.c checkpoints: what is well formed is read, what is not is refused with the field at
// fault.
#include "artifacts/load/llama2c_checkpoint.h"

#include <cstring>
#include <fstream>

#include "tests/artifacts/fixture.h"

namespace {

struct Checkpoint : testing::Test {
  ScratchFolder folder;
  std::string path = folder.file("model.bin");
  NaiveLlama naive = random_llama();

  void SetUp() override { naive.write_llama2c(path); }

  std::string bytes() {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void write(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  /// The message with which the file is refused; "" if it is not.
  std::string refusal() {
    HandBound<Fixture<Llama2cCheckpoint>> service;
    try {
      service.model.load(path);
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, path.size()), path) << "names the file";
      return error.what();
    }
    return "";
  }

  void set_field(int index, int32_t value) {
    std::string changed = bytes();
    std::memcpy(changed.data() + 4 * index, &value, 4);
    write(changed);
  }
};

TEST_F(Checkpoint, GivesTheWeightsThatWereWritten) {
  for (const bool tied : {true, false}) {
    naive = random_llama(4, 2, 8, true, tied);
    naive.write_llama2c(path);
    const std::vector<int> tokens = random_tokens(30, naive.vocab_size);
    HandBound<Fixture<Llama2cCheckpoint>> service;
    service.model.load(path);
    EXPECT_EQ(service.model.config.context, 64);
    EXPECT_EQ(service.model.config.tied_embeddings, tied);
    ASSERT_TRUE(naive.read_llama2c(path));
    EXPECT_LT(largest_difference(naive.forward(tokens), all_logits(service, tokens)), 1e-4);
  }
}

TEST_F(Checkpoint, NamesTheFieldThatIsWrong) {
  const char* names[7] = {"dim",        "hidden_dim", "n_layers", "n_heads",
                          "n_kv_heads", "vocab_size", "seq_len"};
  for (int index = 0; index < 7; ++index) {
    for (const int32_t value : {0, INT32_MIN, INT32_MAX}) {
      SetUp();
      set_field(index, value);
      EXPECT_NE(refusal().find(std::string(": ") + names[index] + " is " + std::to_string(value)),
                std::string::npos)
          << refusal();
    }
  }
  SetUp();
  set_field(2, -2);
  EXPECT_NE(refusal().find(": n_layers is -2"), std::string::npos);
  SetUp();
  set_field(3, 5);
  EXPECT_NE(refusal().find("n_heads is 5, which does not cut dim 32"), std::string::npos);
  SetUp();
  set_field(3, 32);  // heads of one channel cannot turn
  EXPECT_NE(refusal().find("n_heads is 32"), std::string::npos);
  SetUp();
  set_field(4, 3);
  EXPECT_NE(refusal().find("n_heads is 4, which n_kv_heads 3 does not divide"), std::string::npos);
}

TEST_F(Checkpoint, RefusesSizesThatTheFileDoesNotHave) {
  const std::string whole = bytes();
  const std::string size = std::to_string(whole.size());
  write(whole.substr(0, whole.size() - 4));
  EXPECT_NE(refusal().find("ask for " + size), std::string::npos) << refusal();
  write(whole + "....");
  EXPECT_NE(refusal().find("ask for " + size), std::string::npos) << refusal();
  write(whole);
  set_field(5, -50);  // untied: the output layer is missing
  EXPECT_NE(refusal().find("ask for"), std::string::npos) << refusal();
}

TEST_F(Checkpoint, RefusesFilesThatEndInTheHeader) {
  const std::string whole = bytes();
  const char* names[7] = {"dim",        "hidden_dim", "n_layers", "n_heads",
                          "n_kv_heads", "vocab_size", "seq_len"};
  for (int length = 0; length < 28; ++length) {
    write(whole.substr(0, length));
    EXPECT_NE(refusal().find(std::string("ends before ") + names[length / 4] + ";"),
              std::string::npos)
        << refusal();
  }
  path = folder.file("absent.bin");
  EXPECT_NE(refusal().find("cannot be opened"), std::string::npos);
}

TEST_F(Checkpoint, SurvivesAnyHeader) {
  const std::string whole = bytes();
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string changed = whole;
    for (int i = 0; i < 1 + round % 3; ++i) changed[random() % 28] = static_cast<char>(random());
    write(changed);
    if (changed != whole) refusal();  // a message or a load, but nothing worse
  }
}

}  // namespace
