#pragma once

#include <coop/service.h>

#include <cstdio>
#include <string>
#include <vector>

#include "artifacts/attention/full.h"
#include "artifacts/cache/contiguous.h"
#include "artifacts/load/hugging_face.h"
#include "artifacts/model/llama.h"
#include "artifacts/sample/top_p.h"
#include "artifacts/thin_out.h"
#include "artifacts/tokenize/byte_pair.h"

/// Continues a text with a language model.
template <class Compressor = ThinOut>
struct ContinueText : coop::Service {
  HuggingFace loader;
  BytePair tokenizer;
  Llama model;
  ContiguousKv kv_cache;
  FullAttention attention;
  Compressor compressor;
  TopP sampler;

  /// folder  the model, in Hugging Face's layout
  /// text    what to continue
  /// tokens  how many tokens to add
  int run(this auto& self, std::string folder, std::string text = "Once upon a time",
          int tokens = 300) {
    self.model.load(folder);
    self.tokenizer.load(folder, self.model.config.vocab_size);
    self.model.prefill(self.tokenizer.encode(text));
    for (int i = 0; i < tokens; ++i) {
      const float* logits = self.model.logits().data();
      const int token = self.sampler.sample(logits, self.model.config.vocab_size);
      text += self.tokenizer.decode(-1, token);
      self.model.forward(&token, 1);
    }
    std::printf("%s\ncache: %d tokens, %zu bytes\n", text.c_str(), self.kv_cache.length(0),
                self.kv_cache.bytes());
    return 0;
  }
};
