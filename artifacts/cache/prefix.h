// A key/value cache that reads beginnings of texts once.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "artifacts/cache/paged.h"
#include "artifacts/serve/prefix_hashes.h"

/// PagedKv that has full blocks of texts before: they are found by the hash of all tokens up to
/// their end, and shared (vLLM's prefix cache: Kwon et al., 2023). Compressors are told nothing of
/// queries that are not computed: H2o and ExpectedAttention count those of the other tokens only,
/// and SnapKv may find less than its window.
/// law: memory_follows_what_is_kept
/// law: what_is_refused_changes_nothing
/// law: what_is_no_layer_is_refused
/// law: a_reset_is_told
struct PrefixKv : PagedKv {
  /// Tokens that memory is held for in each layer: as long as there are no more, blocks of texts
  /// that are over stay; range 0..1000000.
  int held_tokens = 16384;

  /// Begins a text: how many of its first tokens are kept already, so that only the others are to
  /// be read. The last one always is, since its logits are in no cache.
  [[coop::same]] int begin_text(this auto& self, const std::vector<int>& tokens) {
    if (self.held_tokens < 0) throw std::runtime_error("kv_cache.held_tokens is negative");
    self.restart(self.held_tokens);
    const int most = std::max(0, static_cast<int>(tokens.size()) - 1) / self.block;
    return self.take_known(prefix_hashes(tokens, self.block), most);
  }
};
