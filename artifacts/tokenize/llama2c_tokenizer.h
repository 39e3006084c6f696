// The tokenizer of llama2.c: byte-pair encoding by score, as exported from SentencePiece.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

/// Reads tokenizer.bin: an int32 (longest token), then each token's score (float), length (int32)
/// and bytes. Tokens 1 and 2 are beginning and end of text, 3 to 258 the 256 bytes.
struct Llama2cTokenizer : coop::Artifact {
  std::string path = "";  ///< tokenizer.bin; empty: beside the model

  /// Throws std::runtime_error naming the file and the field at fault.
  void load(this auto& self, const std::string& model_path, int vocab_size) {
    const std::string folder = model_path.substr(0, model_path.find_last_of('/') + 1);
    std::string name = folder + "tok" + std::to_string(vocab_size) + ".bin";
    if (!std::ifstream(name)) name = folder + "tokenizer.bin";
    if (!self.path.empty()) name = self.path;
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error(name + ": cannot be opened; --tokenizer.path names it");
    const auto read = [&](void* to, size_t bytes, const std::string& what) {
      if (file.read(static_cast<char*>(to), bytes)) return;
      throw std::runtime_error(what + " is missing: the file ends before it");
    };
    int32_t longest = 0, length = 0;
    read(&longest, sizeof(longest), name + ": max_token_length");
    self.vocabulary.resize(vocab_size);
    self.scores.resize(vocab_size);
    self.ids.clear();
    for (int id = 0; id < vocab_size; ++id) {
      const std::string where =
          name + ": token " + std::to_string(id) + " of " + std::to_string(vocab_size);
      read(&self.scores[id], sizeof(float), where + ": score");
      read(&length, sizeof(length), where + ": length");
      if (length < 0 || length > std::min(longest, 1 << 16)) {
        throw std::runtime_error(where + ": length is " + std::to_string(length) +
                                 ", but max_token_length is " + std::to_string(longest));
      }
      self.vocabulary[id].resize(length);
      read(self.vocabulary[id].data(), length, where + ": bytes");
      self.ids.emplace(self.vocabulary[id], id);
    }
    if (file.peek() != EOF) throw std::runtime_error(name + ": more tokens than vocab_size");
  }

  /// Tokens of `text` (UTF-8), the beginning of text in front.
  /// example: encode("") -> 1
  std::vector<int> encode(this auto& self, const std::string& text) {
    std::vector<int> tokens = {kBeginning};
    const int space = self.find(" ");  // SentencePiece puts one before the first word
    if (!text.empty() && space >= 0) tokens.push_back(space);
    for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
      end = begin + 1;  // and on to the end of this character of UTF-8
      while (end < text.size() && end - begin < 4 && (text[end] & 0xC0) == 0x80) ++end;
      const int id = self.find(text.substr(begin, end - begin));
      if (id >= 0) tokens.push_back(id);
      for (size_t i = begin; id < 0 && i < end; ++i) {
        tokens.push_back(kFirstByte + static_cast<unsigned char>(text[i]));
        if (tokens.back() < static_cast<int>(self.vocabulary.size())) continue;
        throw std::runtime_error("the prompt has a byte that this vocabulary cannot spell");
      }
    }
    // Neighbours are joined into longer tokens, the best score first, while there are any to join.
    std::vector<int> joined(tokens.size());  // [i]: what tokens i and i + 1 make together, or -1
    size_t from = 0, to = tokens.size();     // those that have to be looked up
    while (true) {
      for (size_t i = from; i < to; ++i) {
        const bool last = i + 1 == tokens.size();
        joined[i] =
            last ? -1 : self.find(self.vocabulary.at(tokens[i]) + self.vocabulary[tokens[i + 1]]);
      }
      size_t best = 0;
      for (size_t i = 1; i < tokens.size(); ++i) {
        if (joined[i] < 0) continue;
        if (joined[best] < 0 || self.scores[joined[i]] > self.scores[joined[best]]) best = i;
      }
      if (joined[best] < 0) return tokens;
      tokens[best] = joined[best];
      tokens.erase(tokens.begin() + best + 1);
      joined.erase(joined.begin() + best + 1);
      from = best > 0 ? best - 1 : 0;
      to = best + 1;
    }
  }

  /// Text of `token`, which may be part of a UTF-8 character.
  /// example: decode(1, 2) -> nothing
  std::string decode(this auto& self, int previous_token, int token) {
    if (token == kBeginning || token == kEnd) return "";
    const std::string& text = self.vocabulary.at(token);
    if (text.size() == 6 && text.starts_with("<0x") && text[5] == '>') {
      return std::string(1, static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16)));
    }
    // The space before the first word is not the author's.
    return previous_token == kBeginning && text.starts_with(' ') ? text.substr(1) : text;
  }

  /// A beginning ends a text too: a model that was trained on many in a row goes on to the next.
  /// example: is_end(1) -> true
  /// example: is_end(2) -> true
  /// example: is_end(3) -> false
  bool is_end(this auto&, int token) { return token == kBeginning || token == kEnd; }

 private:
  static constexpr int kBeginning = 1, kEnd = 2, kFirstByte = 3;

  /// The token spelled `text`, or -1.
  int find(this auto& self, const std::string& text) {
    const auto found = self.ids.find(text);
    return found == self.ids.end() ? -1 : found->second;
  }

  std::vector<std::string> vocabulary;       // (vocab_size)
  std::vector<float> scores;                 // (vocab_size)
  std::unordered_map<std::string, int> ids;  // of tokens
};
