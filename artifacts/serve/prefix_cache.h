// Beginnings of texts are read once.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "artifacts/serve/prefix_hashes.h"

/// Which blocks of the text at hand a cache in blocks (PagedKv) may have from texts before it: full
/// blocks, found by the hash of all tokens up to their end (vLLM's prefix cache: Kwon et al.,
/// 2023). Compressors are told nothing of queries that are not computed: H2o and ExpectedAttention
/// count those of the other tokens only, SnapKv may find less than its window.
struct PrefixCache : coop::Artifact {
  /// Tokens that memory is held for in each layer: as long as the cache holds no more, blocks of
  /// texts that are over stay; range 0..1000000.
  int held_tokens = 16384;

  /// Begins a text: how many of its first tokens the cache has, so that only the others are to be
  /// read. The last one always is, since its logits are in no cache.
  [[coop::same]] int begin(this auto& self, const std::vector<int>& tokens) {
    if (self.held_tokens < 0) throw std::runtime_error("prefix_cache.held_tokens is negative");
    self.kv_cache.restart();
    self.kv_cache.hold(self.held_tokens);
    self.text_hashes = prefix_hashes(tokens, self.kv_cache.block);
    std::vector<uint64_t> wanted = self.text_hashes;
    wanted.resize(std::max(0, static_cast<int>(tokens.size()) - 1) / self.kv_cache.block);
    return self.kv_cache.take_known(wanted);
  }

  /// Of the text up to the end of each of its blocks.
  const std::vector<uint64_t>& hashes(this auto& self) { return self.text_hashes; }

 private:
  std::vector<uint64_t> text_hashes;
};
