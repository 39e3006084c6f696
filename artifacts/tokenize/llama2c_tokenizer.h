// The tokenizer of llama2.c: byte-pair encoding by score, as exported from SentencePiece.
#pragma once

#include <coop/artifact.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

/// Reads tokenizer.bin: an int32 (longest token), then for each token its score (float), its length
/// (int32) and its bytes. Tokens 0, 1, 2 are unknown, beginning and end of text; 3 to 258 are the
/// 256 bytes, for what the vocabulary cannot spell.
struct Llama2cTokenizer : coop::Artifact {
  std::string path =
      "";  ///< tokenizer.bin; empty: tok<vocab_size>.bin or tokenizer.bin by the model

  /// Throws std::runtime_error naming the file and the field at fault.
  void load(this auto& self, const std::string& model_path, int vocab_size) {
    const std::string path = self.find(model_path, vocab_size);
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
      throw std::runtime_error(path + ": cannot be opened; --tokenizer.path names the tokenizer");
    }
    const int64_t file_bytes = static_cast<int64_t>(file.tellg());
    file.seekg(0);
    int32_t longest = 0;
    self.read(file, &longest, sizeof(longest), path + ": max_token_length");
    self.tokens.clear();
    self.scores.clear();
    self.ids.clear();
    for (int id = 0; id < vocab_size; ++id) {
      const std::string where =
          path + ": token " + std::to_string(id) + " of " + std::to_string(vocab_size);
      float score = 0.0f;
      int32_t length = 0;
      self.read(file, &score, sizeof(score), where + ": score");
      self.read(file, &length, sizeof(length), where + ": length");
      if (length < 0 || length > longest || length > file_bytes) {
        throw std::runtime_error(where + ": length is " + std::to_string(length) +
                                 ", but max_token_length is " + std::to_string(longest));
      }
      std::string token(length, '\0');
      self.read(file, token.data(), length, where + ": bytes");
      self.tokens.push_back(token);
      self.scores.push_back(score);
      self.ids.emplace(token, id);
    }
    if (file.tellg() != static_cast<std::streamoff>(file_bytes)) {
      throw std::runtime_error(path + ": more tokens than vocab_size, which the model says is " +
                               std::to_string(vocab_size));
    }
  }

  /// Tokens of `text` (UTF-8), the beginning of text in front.
  std::vector<int> encode(this auto& self, const std::string& text) {
    std::vector<int> tokens = {kBeginning};
    const int space = self.find_token(" ");  // SentencePiece puts one before the first word
    if (!text.empty() && space >= 0) tokens.push_back(space);
    for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
      for (end = begin + 1; end < text.size() && end - begin < 4; ++end) {
        if ((text[end] & 0xC0) != 0x80) break;  // not a continuation byte of UTF-8
      }
      const int id = self.find_token(text.substr(begin, end - begin));
      if (id >= 0) tokens.push_back(id);
      if (id >= 0) continue;
      for (size_t i = begin; i < end; ++i) {
        tokens.push_back(kFirstByte + static_cast<unsigned char>(text[i]));
      }
    }
    self.merge(tokens);
    for (const int id : tokens) {
      if (id >= static_cast<int>(self.tokens.size())) {
        throw std::runtime_error("the prompt has a byte that this vocabulary cannot spell");
      }
    }
    return tokens;
  }

  /// Text of `token`, which may be part of a UTF-8 character.
  std::string decode(this auto& self, int previous_token, int token) {
    if (token == kBeginning || token == kEnd) return "";
    const std::string& text = self.tokens.at(token);
    if (text.size() == 6 && text.compare(0, 3, "<0x") == 0 && text[5] == '>') {
      return std::string(1, static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16)));
    }
    // The space before the first word is not the author's.
    return previous_token == kBeginning && text.compare(0, 1, " ") == 0 ? text.substr(1) : text;
  }

  /// Whether `token` ends a text. A beginning ends one too: a model that was trained on many texts
  /// in a row goes on to the next.
  bool is_end(this auto&, int token) { return token == kBeginning || token == kEnd; }

 private:
  static constexpr int kBeginning = 1, kEnd = 2, kFirstByte = 3;

  std::string find(this auto& self, const std::string& model_path, int vocab_size) {
    if (!self.path.empty()) return self.path;
    const std::string folder = model_path.substr(0, model_path.find_last_of('/') + 1);
    const std::string own = folder + "tok" + std::to_string(vocab_size) + ".bin";
    return std::ifstream(own) ? own : folder + "tokenizer.bin";
  }

  void read(this auto&, std::ifstream& file, void* to, size_t bytes, const std::string& what) {
    if (!file.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes))) {
      throw std::runtime_error(what + " is missing: the file ends before it");
    }
  }

  /// The token spelled `text`, or -1.
  int find_token(this auto& self, const std::string& text) {
    const auto found = self.ids.find(text);
    return found == self.ids.end() ? -1 : found->second;
  }

  /// Joins neighbours into longer tokens, the best score first, while there are any to join.
  void merge(this auto& self, std::vector<int>& tokens) {
    // joined[i]: the token that tokens[i] and tokens[i + 1] make together, or -1
    std::vector<int> joined(tokens.size(), -1);
    for (size_t i = 0; i + 1 < tokens.size(); ++i) joined[i] = self.join(tokens[i], tokens[i + 1]);
    while (true) {
      float best_score = -std::numeric_limits<float>::infinity();
      size_t best = tokens.size();
      for (size_t i = 0; i < tokens.size(); ++i) {
        if (joined[i] < 0 || self.scores[joined[i]] <= best_score) continue;
        best_score = self.scores[joined[i]];
        best = i;
      }
      if (best == tokens.size()) return;
      tokens[best] = joined[best];
      tokens.erase(tokens.begin() + best + 1);
      joined.erase(joined.begin() + best + 1);
      joined[best] = best + 1 < tokens.size() ? self.join(tokens[best], tokens[best + 1]) : -1;
      if (best > 0) joined[best - 1] = self.join(tokens[best - 1], tokens[best]);
    }
  }

  int join(this auto& self, int left, int right) {
    const int size = static_cast<int>(self.tokens.size());
    if (left >= size || right >= size) return -1;
    return self.find_token(self.tokens[left] + self.tokens[right]);
  }

  std::vector<std::string> tokens;           // (vocab_size)
  std::vector<float> scores;                 // (vocab_size)
  std::unordered_map<std::string, int> ids;  // of tokens
};
