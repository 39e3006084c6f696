// Beginnings of texts → numbers by which they are found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// The hashes of a text's first block, its first two, and so on: hash_i covers hash_(i-1) and the
/// tokens of block i, so that equal hashes mean equal beginnings (vLLM's prefix cache). Tokens that
/// fill no block are not covered.
inline std::vector<uint64_t> prefix_hashes(const std::vector<int>& tokens, int block) {
  std::vector<uint64_t> hashes;
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, over the tokens' bytes
  for (size_t i = 0; i < tokens.size(); ++i) {
    for (int byte = 0; byte < 4; ++byte) {
      hash = (hash ^ (static_cast<uint32_t>(tokens[i]) >> (8 * byte) & 0xff)) * 0x100000001b3u;
    }
    if ((i + 1) % block == 0) hashes.push_back(hash);
  }
  return hashes;
}
