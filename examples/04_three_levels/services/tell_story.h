#pragma once

#include <coop/service.h>

#include <cstdio>
#include <string>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/drop_middle.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/tokenize/byte_pair.h"

/// Reads the beginning of a story, and tells the rest.
template <class Compressor = DropMiddle, class Attention = FullAttention>
struct TellStory : coop::Service {
  HuggingFace loader;
  BytePair tokenizer;
  Llama model;
  ContiguousKv kv_cache;
  Attention attention;
  Compressor compressor;
  TopP sampler;

  /// folder  the model, in Hugging Face's layout
  /// text    the beginning
  /// tokens  how many tokens to add
  int run(this auto& self, std::string folder, std::string text, int tokens = 60) {
    self.model.load(folder);
    self.tokenizer.load(folder, self.model.config.vocab_size);
    self.model.prefill(self.tokenizer.encode(text));
    for (int i = 0; i < tokens; ++i) {
      const int token =
          self.sampler.sample(self.model.logits().data(), self.model.config.vocab_size);
      text += self.tokenizer.decode(-1, token);
      self.model.forward(&token, 1);
    }
    std::printf("%s\ncache: %d tokens\n", text.c_str(), self.kv_cache.length(0));
    return 0;
  }
};
