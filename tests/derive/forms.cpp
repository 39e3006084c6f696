// Laws of a kind find its methods by their shape: whatever they are called, in whatever order.
// RUN: %split && %combine test --print artifacts/attention.h | FileCheck artifacts/attention.h
// RUN: %combine test --print artifacts/vectors.h | FileCheck artifacts/vectors.h
// RUN: %combine test --print artifacts/tokens.h | FileCheck artifacts/tokens.h
// RUN: %combine test --print artifacts/rows.h | FileCheck artifacts/rows.h
// RUN: %combine test artifacts/rows.h | FileCheck artifacts/rows.h --check-prefix=PASSES
// RUN: %combine test --skipped --junit=draw.xml artifacts/draw.h | FileCheck artifacts/draw.h
// RUN: FileCheck artifacts/draw.h --check-prefix=XML --input-file=draw.xml
// RUN: sed 's/(self.most,/(self.most + (logits.size() > 8),/' artifacts/draw.h > artifacts/wrong.h
// RUN: not %combine test artifacts/wrong.h | FileCheck artifacts/wrong.h --check-prefix=WRONG
// RUN: %combine test --print artifacts/index.h | FileCheck artifacts/index.h

//--- artifacts/index.h
// CHECK:     // Not tested: at, since of its parameter i: it chooses an element, and is not checked;
// CHECK-NOT: Not tested
// CHECK:     #include
#include <coop/artifact.h>

#include <map>
#include <vector>
struct Index : coop::Artifact {
  int at(this auto& self, int i) { return self.rows[i]; }
  int checked(this auto& self, int i) { return i >= 0 && i < 4 ? self.rows[i] : 0; }
  int of(this auto& self, int i) { return self.names[i]; }
  /// i  which one; range 0..3
  int said(this auto& self, int i) { return self.rows[i]; }

 private:
  std::vector<int> rows = {1, 2, 3, 4};
  std::map<int, int> names;
};

//--- artifacts/draw.h
// What a field does is told by trial: `most` is a top_k, `heat` a temperature, `x` a seed.
// CHECK: law 11 ok, 6 do not apply
// CHECK: does not apply: law a_second_text_begins_anew, since nobody tells it that a text begins
// XML: <skipped message="{{.*}}does not apply: {{.+}}"/>
// WRONG: FAILED law draws_stay_in_the_top_k
#include <coop/artifact.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>
struct Draw : coop::Artifact {
  int most = 40;      ///< range 1..100
  float heat = 0.8f;  ///< range 0.1..2.0
  int x = 42;         ///< range 0..1000
  int one(this auto& self, const std::vector<float>& logits) {
    std::vector<int> order(logits.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return logits[a] > logits[b]; });
    order.resize(std::min<size_t>(self.most, order.size()));
    std::vector<double> weights;
    for (const int token : order)
      weights.push_back(std::exp((logits[token] - logits[order[0]]) / self.heat));
    if (self.count++ == 0) self.random.seed(self.x);
    return order[std::discrete_distribution<int>(weights.begin(), weights.end())(self.random)];
  }

 private:
  int count = 0;
  std::mt19937 random;
};

//--- artifacts/attention.h
// CHECK:      #include "testing/attention.h"
// CHECK:      void forward(int layer, float* out, const float* queries, int count) {
// CHECK-NEXT:   this->Look::over_all(queries, out, count, layer);
// CHECK:      COOP_LAWS(Look, {{.*}}attention_is_the_softmax,
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
