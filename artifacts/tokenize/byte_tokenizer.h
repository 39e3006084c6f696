// Each byte is a token: what a model without a vocabulary of its own is tried with.
#pragma once

#include <coop/artifact.h>

#include <stdexcept>
#include <string>
#include <vector>

/// Tokens 0 to 255 are the bytes; others are spelled as nothing.
/// example: encode("Aé") -> 65 195 169
/// example: decode(0, 255) -> "\xff"
/// example: decode(0, 256) -> nothing
/// example: is_end(0) -> false
struct ByteTokenizer : coop::Artifact {
  /// Throws std::runtime_error when the model has fewer tokens than there are bytes.
  /// example: load("tiny", 255) -> refuses
  /// example: load("tiny", 256); encode("A") -> 65
  void load(this auto&, const std::string& model_path, int vocab_size) {
    if (vocab_size >= 256) return;
    throw std::runtime_error(model_path + ": a vocabulary of " + std::to_string(vocab_size) +
                             " tokens cannot spell 256 bytes");
  }

  std::vector<int> encode(this auto&, const std::string& text) {
    std::vector<int> tokens;
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }

  std::string decode(this auto&, int /*previous_token*/, int token) {
    return token < 256 ? std::string(1, static_cast<char>(token)) : "";
  }

  bool is_end(this auto&, int) { return false; }
};
