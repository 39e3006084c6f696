// Laws of a kind find its methods by their shape: whatever they are called, in whatever order.
// RUN: %split && %combine test --print artifacts/attention.h | FileCheck artifacts/attention.h
// RUN: %combine test --print artifacts/vectors.h | FileCheck artifacts/vectors.h
// RUN: %combine test --print artifacts/tokens.h | FileCheck artifacts/tokens.h
// RUN: %combine test --print artifacts/rows.h | FileCheck artifacts/rows.h
// RUN: %combine test artifacts/rows.h | FileCheck artifacts/rows.h --check-prefix=PASSES

//--- artifacts/attention.h
// CHECK:      #include "testing/attention.h"
// CHECK:      void forward(int layer, float* out, const float* queries, int count) {
// CHECK-NEXT:   this->Look::over_all(queries, out, count, layer);
// CHECK:      COOP_LAW(Look, attention_is_the_softmax)
#include <coop/artifact.h>
struct Look : coop::Artifact {
  void over_all(this auto& self, const float* queries, float* out, int rows, int of) {
    out[0] = queries[0] * self.kv_cache.keys(of)[0] * rows;
  }
};

//--- artifacts/vectors.h
// CHECK:      #include "testing/model.h"
// CHECK:      void load(const std::string& path) { open(path); }
// CHECK:      void forward(const int* tokens, int count) { this->Vectors::feed({tokens, tokens + count}); }
// CHECK:      std::vector<float> logits(int count) {
// CHECK-NEXT:   if (count != 1) throw std::out_of_range("logits of the newest token alone");
// CHECK-NEXT:   return this->Vectors::newest();
#include <coop/artifact.h>

#include <string>
#include <vector>

#include "artifacts/model/llama_weights.h"
struct Vectors : coop::Artifact {
  LlamaConfig config;
  void open(this auto& self, const std::string& path) {
    self.loader.load(path, self.config, self.weights);
  }
  void feed(this auto& self, const std::vector<int>& tokens) {
    for (const int token : tokens) self.kv_cache.append(0, nullptr, nullptr, token);
  }
  std::vector<float> newest(this auto& self) { return {1}; }

 private:
  LlamaWeights weights;
};

//--- artifacts/tokens.h
// CHECK:      for (int i = 0; i < count; ++i) newest_logits = this->Tokens::step(tokens[i]);
// CHECK:      std::vector<float> newest_logits;
#include <coop/artifact.h>

#include <string>
#include <vector>

#include "artifacts/model/llama_weights.h"
struct Tokens : coop::Artifact {
  LlamaConfig config;
  void load(this auto& self, const std::string& path) {
    self.loader.load(path, self.config, self.weights);
  }
  std::vector<float> step(this auto& self, int token) {
    self.kv_cache.append(0, nullptr, nullptr, token);
    return {1};
  }

 private:
  LlamaWeights weights;
};

//--- artifacts/rows.h
// CHECK: void reset(int layers, int kv_heads, int head_dim) { start(layers, kv_heads, head_dim); }
// CHECK: add(layer, keys, values, count);
// CHECK: std::vector<int> numbers_of(int layer) { return {int(room(layer)), int(size(layer))}; }
// CHECK-NEXT: int length(int layer) { return numbers_of(layer)[length_among(*this)]; }
// PASSES:   law {{[0-9]+}} ok, {{[0-9]+}} do not apply
// PASSES-NOT: FAILED
#include <coop/artifact.h>

#include <cstddef>
#include <vector>
struct Rows : coop::Artifact {
  void start(this auto& self, int layers, int heads, int dim) {
    self.width = heads * dim;
    self.layers.assign(layers, {});
  }
  int room(this auto& self, int layer) { return self.layers.at(layer).capacity() / self.width; }
  int size(this auto& self, int layer) { return self.layers.at(layer).size() / self.width; }
  void add(this auto& self, int layer, const float* keys, const float* values, int count) {
    self.layers.at(layer).insert(self.layers.at(layer).end(), keys, keys + count * self.width);
    self.values = values[0];
  }

 private:
  int width = 1;
  float values = 0;
  std::vector<std::vector<float>> layers;
};
