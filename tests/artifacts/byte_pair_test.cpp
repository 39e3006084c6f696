// The tokenizer against what the tokenizers package makes of the same files; see
// tests/fixtures/make_byte_pair_fixtures.py.
#include "artifacts/tokenize/byte_pair.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

const std::string kFixtures = COOP_SOURCE_DIR "/tests/fixtures/byte_pair/";
constexpr int kVocabSize = 1000;  // more than any fixture has, as some models pad theirs

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string decode_all(BytePair& tokenizer, const std::vector<int>& tokens) {
  std::string text;
  int previous = -1;
  for (const int token : tokens) {
    text += tokenizer.decode(previous, token);
    previous = token;
  }
  return text;
}

class BytePairStyle : public testing::TestWithParam<const char*> {};

TEST_P(BytePairStyle, EncodesAndDecodesAsTheReferenceDoes) {
  BytePair tokenizer;
  tokenizer.load(kFixtures + GetParam(), kVocabSize);
  const Json cases = read_json(kFixtures + GetParam() + "/cases.json");
  ASSERT_GT(cases.items.size(), 50u);
  for (const Json& item : cases.items) {
    std::vector<int> expected;
    for (const Json& id : item["ids"].items) expected.push_back(static_cast<int>(id.number));
    const std::string& text = item["text"].string;
    EXPECT_EQ(tokenizer.encode(text), expected) << testing::PrintToString(text);
    // Of a text that begins with </s>, one token's predecessor does not say where the text begins.
    if (text.starts_with("</s>")) continue;
    EXPECT_EQ(decode_all(tokenizer, expected), item["decoded"].string)
        << testing::PrintToString(text);
  }
}

INSTANTIATE_TEST_SUITE_P(BytePair, BytePairStyle,
                         testing::Values("gpt2", "llama3", "qwen2", "digits", "llama2",
                                         "metaspace"),
                         [](const auto& info) { return std::string(info.param); });

/// A folder that goes with the test.
class BytePairFolder : public testing::Test {
 protected:
  BytePairFolder() { std::filesystem::create_directories(path_); }
  ~BytePairFolder() override { std::filesystem::remove_all(path_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  /// Writes the tokenizer of a style with `from` replaced by `to`.
  void write_edited(const std::string& style, const std::string& from, const std::string& to) {
    std::string text = read_text(kFixtures + style + "/tokenizer.json");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write("tokenizer.json", text.replace(at, from.size(), to));
  }

  /// What is thrown while loading; empty if nothing is.
  std::string refusal(int vocab_size = kVocabSize) {
    try {
      BytePair tokenizer;
      tokenizer.load(path_.string(), vocab_size);
      tokenizer.encode("It's a 1st <|end|> test.\n");
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() /
      ("byte_pair_test_" +
       std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(BytePairFolder, EndsComeFromEveryConfiguration) {
  write("tokenizer.json", read_text(kFixtures + "gpt2/tokenizer.json"));
  write("config.json", R"({"eos_token_id": 7})");
  write("generation_config.json", R"({"eos_token_id": [8, 9]})");
  write("tokenizer_config.json", R"({"eos_token": {"content": "<|end|>"}})");
  BytePair tokenizer;
  tokenizer.load(path_.string(), kVocabSize);
  for (const int token : {1, 7, 8, 9}) EXPECT_TRUE(tokenizer.is_end(token)) << token;
  for (const int token : {-1, 0, 2, 10}) EXPECT_FALSE(tokenizer.is_end(token)) << token;
}

TEST_F(BytePairFolder, BeginningComesFromTheConfigurationWithoutAPostProcessor) {
  write("tokenizer.json", read_text(kFixtures + "gpt2/tokenizer.json"));
  write("tokenizer_config.json", R"({"bos_token": "<|begin|>", "add_bos_token": true})");
  BytePair tokenizer;
  tokenizer.load(path_.string(), kVocabSize);
  EXPECT_EQ(tokenizer.encode(""), std::vector<int>{0});
  write("tokenizer_config.json", R"({"bos_token": "<|begin|>", "add_bos_token": false})");
  tokenizer.load(path_.string(), kVocabSize);
  EXPECT_EQ(tokenizer.encode(""), std::vector<int>{});
}

TEST_F(BytePairFolder, BytesThatAreNotUtf8Survive) {
  for (const char* style : {"gpt2", "llama2"}) {
    BytePair tokenizer;
    tokenizer.load(kFixtures + style, kVocabSize);
    std::string text;
    for (int byte = 255; byte > 0; --byte) text += static_cast<char>(byte);
    text += "\xe2\x82";  // the beginning of a character
    EXPECT_EQ(decode_all(tokenizer, tokenizer.encode(text)), text) << style;
  }
}

TEST_F(BytePairFolder, ALongWordTakesNoQuadraticTime) {
  BytePair tokenizer;
  tokenizer.load(kFixtures + "llama2", kVocabSize);
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "once upon ";
  EXPECT_EQ(decode_all(tokenizer, tokenizer.encode(text)), text);
}

TEST_F(BytePairFolder, RefusesByNameWhatItCannotDo) {
  struct Case {
    const char* style;
    const char* from;
    const char* to;
    const char* message;
  };
  const Case cases[] = {
      {"gpt2", R"("type":"BPE")", R"("type":"Unigram")",
       R"(tokenizer.json: model: type: expected BPE, found "Unigram")"},
      {"gpt2", R"("dropout":null)", R"("dropout":0.1)", "model: dropout: expected none, found 0.1"},
      {"gpt2", R"("normalizer":null)", R"("normalizer":{"type":"NFC"})",
       R"(normalizer: expected none, found "NFC")"},
      {"gpt2", R"("add_prefix_space":false)", R"("add_prefix_space":true)",
       "add_prefix_space: expected false"},
      {"gpt2", R"("pre_tokenizer":{"type":"ByteLevel")", R"("pre_tokenizer":{"type":"Whitespace")",
       R"(pre_tokenizer: type: expected Digits, one Split and ByteLevel, in this order, found)"},
      {"llama3", R"(\\p{N}{1,3})", R"(\\p{N}{1,4})",
       "pattern: expected the expression of GPT-2, Llama 3 or Qwen 2, found \"(?i:"},
      {"llama3", R"("behavior":"Isolated")", R"("behavior":"MergedWithNext")",
       R"(behavior: expected Isolated, found "MergedWithNext")"},
      {"llama3", R"({"Sequence":{"id":"A","type_id":0}}])",
       R"({"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|end|>","type_id":0}}])",
       "post_processor: single: expected nothing after the text"},
      {"llama3", R"("type":"TemplateProcessing")", R"("type":"BertProcessing")",
       R"(post_processor: type: expected TemplateProcessing or ByteLevel, found "BertProcessing")"},
      {"llama3", R"("ids":[0])", R"("ids":[100000])",
       "special_tokens: <|begin|>: ids: expected an integer from 0 to 999, found 100000"},
      {"gpt2", R"("lstrip":false)", R"("lstrip":true)",
       "added_tokens: <|begin|>: lstrip: expected false"},
      {"gpt2", R"("merges":[)", R"("merges":["once",)",
       R"(model: merges: 0: expected two tokens, found "once")"},
      {"gpt2", R"("merges":[)", R"("merges":[["q","zz"],)",
       "model: merges: 0: expected tokens of the vocabulary, found an array"},
      {"gpt2", R"("!":2)", R"("!":2.5)",
       "model: vocab: !: expected an integer from 0 to 999, found 2.5"},
      {"gpt2", R"("!":2)", R"("!":3)", "expected an id of its own, found 3"},
      {"gpt2", R"("!":2,)", "", "model: vocab: no token for byte 33"},
      {"llama2", R"("<0x0A>":13,)", "", "model: vocab: no token for byte 10"},
      {"llama2", R"("type":"Prepend")", R"("type":"Lowercase")",
       R"(normalizer: expected Prepend or Replace, found "Lowercase")"},
      {"metaspace", R"("split":false)", R"("split":true)",
       "pre_tokenizer: expected a Metaspace of U+2581"},
      {"digits", R"({"type":"Digits")", R"({"type":"ByteLevel"},{"type":"Digits")",
       "in this order, found \"Digits\""},
      {"llama3", R"("use_regex":false)", R"("use_regex":true)",
       "ByteLevel: use_regex: expected false after a Split"},
  };
  for (const Case& test : cases) {
    write_edited(test.style, test.from, test.to);
    EXPECT_NE(refusal().find(test.message), std::string::npos)
        << test.from << " -> " << test.to << ": " << refusal();
  }
  write("tokenizer.json", read_text(kFixtures + "gpt2/tokenizer.json"));
  EXPECT_EQ(refusal(), "");
  EXPECT_NE(refusal(100).find("expected an integer from 0 to 99, found 100"), std::string::npos);
  write("config.json", R"({"eos_token_id": 1000})");
  EXPECT_NE(refusal().find("eos_token_id: expected an integer from 0 to 999, found 1000"),
            std::string::npos);
  std::filesystem::remove(path_ / "tokenizer.json");
  EXPECT_NE(refusal().find("tokenizer.json: cannot be opened"), std::string::npos);
}

TEST_F(BytePairFolder, DamagedFilesNeverCrash) {
  const std::string whole = read_text(kFixtures + "llama3/tokenizer.json");
  for (size_t length = 0; length + 2 < whole.size(); length += 37) {
    write("tokenizer.json", whole.substr(0, length));
    EXPECT_NE(refusal(), "") << length;
  }
  for (size_t at = 0; at < whole.size(); at += 23) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    write("tokenizer.json", damaged);
    refusal();  // may also load: a letter of a token has changed, say
  }
}

}  // namespace
