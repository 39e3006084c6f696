#pragma once

#include <coop/service.h>

#include <cstdio>
#include <string>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/compress/key_diff.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/tokenize/byte_pair.h"

/// Reads the beginning of a story, and tells the rest. Two compressors see to the cache.
template <class First = KeyDiff, class Second = SnapKv>
struct TellStory : coop::Service {
  HuggingFace loader;
  BytePair tokenizer;
  Llama model;
  ContiguousKv kv_cache;
  FullAttention attention;
  First first;
  Second second;
  TopP sampler;

  /// folder  the model, in Hugging Face's layout
  /// text    the beginning
  /// tokens  how many tokens to add
  int run(this auto& self, std::string folder, std::string text, int tokens = 60) {
    self.model.load(folder);
    self.tokenizer.load(folder, self.model.config.vocab_size);
    self.model.prefill(self.tokenizer.encode(text));
    const int kept = self.kv_cache.length(0);
    for (int i = 0; i < tokens; ++i) {
      const int token =
          self.sampler.sample(self.model.logits().data(), self.model.config.vocab_size);
      text += self.tokenizer.decode(-1, token);
      self.model.forward(&token, 1);
    }
    std::printf("%s\nkept of the beginning: %d tokens\n", text.c_str(), kept);
    return 0;
  }
};
