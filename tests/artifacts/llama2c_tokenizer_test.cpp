// The tokenizer of llama2.c: its text, and files that are not what they should be.
#include "artifacts/tokenize/llama2c_tokenizer.h"

#include <cstring>
#include <fstream>

#include "tests/artifacts/fixture.h"

namespace {

struct Tokenizer : testing::Test {
  ScratchFolder folder;
  std::string path = folder.file("tokenizer.bin");
  Llama2cTokenizer tokenizer;
  std::string file;

  void add(const std::string& token, float score = 0.0f) {
    const int32_t length = static_cast<int32_t>(token.size());
    file.append(reinterpret_cast<const char*>(&score), 4);
    file.append(reinterpret_cast<const char*>(&length), 4);
    file += token;
  }

  /// 259 special tokens and bytes, and ten that are spelled.
  void SetUp() override {
    const int32_t longest = 8;
    file.assign(reinterpret_cast<const char*>(&longest), 4);
    for (const char* special : {"<unk>", "\n<s>\n", "\n</s>\n"}) add(special);
    for (int byte = 0; byte < 256; ++byte) {
      char text[8];
      std::snprintf(text, sizeof(text), "<0x%02X>", byte);
      add(text);
    }
    add(" ", -9.0f);         // 259
    add("a", -9.0f);         // 260
    add("b", -9.0f);         // 261
    add("\xC3\xA9", -9.0f);  // 262, an e with an acute accent
    add("ab", -1.0f);        // 263
    add("ba", -0.5f);        // 264
    add(" a", -2.0f);        // 265
    add("aba", -0.1f);       // 266
    write(file);
  }

  static constexpr int kVocabSize = 267;

  void write(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  std::string refusal(int vocab_size = kVocabSize) {
    try {
      tokenizer.load(folder.file("model.bin"), vocab_size);
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, path.size()), path) << "names the file";
      return error.what();
    }
    return "";
  }

  std::vector<int> encode(const std::string& text) {
    tokenizer.load(folder.file("model.bin"), kVocabSize);
    return tokenizer.encode(text);
  }

  std::string decode(const std::vector<int>& tokens) {
    std::string text;
    for (size_t i = 1; i < tokens.size(); ++i) text += tokenizer.decode(tokens[i - 1], tokens[i]);
    return text;
  }
};

TEST_F(Tokenizer, MergesTheBestScoreFirst) {
  EXPECT_EQ(encode(""), (std::vector<int>{1}));
  EXPECT_EQ(encode("a"), (std::vector<int>{1, 265}));
  EXPECT_EQ(encode("ab"), (std::vector<int>{1, 259, 263}));   // "ab" before " a"
  EXPECT_EQ(encode("aba"), (std::vector<int>{1, 259, 266}));  // "ba", then "aba"
  EXPECT_EQ(encode("bab"), (std::vector<int>{1, 259, 264, 261}));
  EXPECT_EQ(encode("\xC3\xA9"), (std::vector<int>{1, 259, 262}));
}

TEST_F(Tokenizer, SpellsWhatItDoesNotKnowInBytes) {
  EXPECT_EQ(encode("\xE2\x82\xAC"), (std::vector<int>{1, 259, 3 + 0xE2, 3 + 0x82, 3 + 0xAC}));
  EXPECT_EQ(encode("\xFF\x80\x80\x80\x80\x80"),
            (std::vector<int>{1, 259, 3 + 0xFF, 131, 131, 131, 131, 131}));
}

TEST_F(Tokenizer, GivesBackAnyText) {
  std::mt19937 random(2);
  tokenizer.load(folder.file("model.bin"), kVocabSize);
  for (int round = 0; round < 300; ++round) {
    std::string text(1 + random() % 20, '\0');
    for (char& byte : text) byte = "ab \xC3\xA9\x01\xFF"[random() % 7];
    EXPECT_EQ(decode(tokenizer.encode(text)), text);
  }
}

TEST_F(Tokenizer, EndsAtTheNextBeginningOrEnd) {
  encode("");
  EXPECT_TRUE(tokenizer.is_end(1));
  EXPECT_TRUE(tokenizer.is_end(2));
  EXPECT_FALSE(tokenizer.is_end(265));
  EXPECT_EQ(tokenizer.decode(265, 1), "");
  EXPECT_THROW(tokenizer.decode(265, kVocabSize), std::out_of_range);
}

TEST_F(Tokenizer, PrefersTheFileOfItsVocabulary) {
  write("not this one");
  path = folder.file("tok267.bin");
  write(file);
  EXPECT_EQ(refusal(), "");
  tokenizer.path = path = folder.file("named.bin");
  EXPECT_NE(refusal().find("cannot be opened; --tokenizer.path"), std::string::npos);
}

TEST_F(Tokenizer, NamesTheFieldWhereTheFileEnds) {
  for (size_t length = 0; length < file.size(); ++length) {
    write(file.substr(0, length));
    const std::string message = refusal();
    EXPECT_NE(message.find("is missing: the file ends before it"), std::string::npos) << length;
    if (length == 3) {
      EXPECT_NE(message.find("max_token_length"), std::string::npos);
    }
    if (length == 6) {
      EXPECT_NE(message.find("token 0 of 267: score"), std::string::npos);
    }
    if (length == 11) {
      EXPECT_NE(message.find("token 0 of 267: length"), std::string::npos);
    }
    if (length == 13) {
      EXPECT_NE(message.find("token 0 of 267: bytes"), std::string::npos);
    }
  }
}

TEST_F(Tokenizer, RefusesImpossibleLengths) {
  for (const int32_t length : {-1, 9, INT32_MAX, INT32_MIN}) {
    std::string changed = file;
    std::memcpy(changed.data() + 8, &length, 4);
    write(changed);
    EXPECT_NE(refusal().find("token 0 of 267: length is " + std::to_string(length)),
              std::string::npos)
        << refusal();
  }
}

TEST_F(Tokenizer, RefusesAnotherVocabulary) {
  EXPECT_NE(refusal(kVocabSize + 1).find("token 267 of 268: score is missing"), std::string::npos);
  EXPECT_NE(refusal(kVocabSize - 1).find("more tokens than vocab_size"), std::string::npos);
}

TEST_F(Tokenizer, SurvivesAnyByte) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string changed = file;
    changed[random() % changed.size()] = static_cast<char>(random());
    write(changed);
    if (refusal().empty()) decode(tokenizer.encode("ab \xC3\xA9 \xFF"));
  }
}

TEST_F(Tokenizer, AVocabularyWithoutBytesRefusesWhatItCannotSpell) {
  file.resize(0);
  const int32_t longest = 8;
  file.assign(reinterpret_cast<const char*>(&longest), 4);
  for (const char* token : {"<unk>", "<s>", "</s>", "a"}) add(token);
  write(file);
  EXPECT_EQ(refusal(4), "");
  EXPECT_THROW(tokenizer.encode("b"), std::runtime_error);
}

TEST_F(Tokenizer, Tok512SpellsAStory) {
  const std::string model = shared_data("stories260K.bin");
  if (model.empty() || shared_data("tok512.bin").empty()) {
    GTEST_SKIP() << "tok512.bin is absent; COOP_SHARED_DATA names its folder";
  }
  tokenizer.load(model, 512);
  EXPECT_EQ(tokenizer.encode("Once upon a time"), (std::vector<int>{1, 403, 407, 261, 378}));
  const std::string text = "Lily found a red ball.\n\xE2\x80\x9CIt is mine!\xE2\x80\x9D";
  EXPECT_EQ(decode(tokenizer.encode(text)), text);
}

}  // namespace
