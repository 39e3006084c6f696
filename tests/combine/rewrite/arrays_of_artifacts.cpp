// An array of artifacts is one resource: a function of the service takes the element beside the
// service.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 315 84 320 18
// CHECK-LABEL: struct Layer {
// CHECK:        int own() { return window; }
// CHECK-LABEL: struct T {
// CHECK:        std::array<Layer, 2 * kLayers> layers;
// CHECK-NEXT:   Layer pair[2];
// CHECK-NEXT:   std::vector<Layer> grown;
// CHECK-LABEL: int layers_forward(T& self, Layer& layer, int x) {
// CHECK-NEXT:   layer.window += 1;
// CHECK-NEXT:   return self.kv.get(x) + layer.window + layer.own();
// CHECK-LABEL: int model_first(T& self) {
// CHECK:        for (int i = 0; i < 2; ++i) t += layers_forward(self, self.layers[i], i);
// CHECK:        auto all = [&self, &layer, k] { return layer.window + self.kv.n + k; };
// CHECK-LABEL: int model_second(T& self) {
// CHECK:          t += layers_add(self, layer, i) + layer.window +
// CHECK-NEXT:          layers_forward(self, *p, layers_add(self, self.layers.at(1), 1));

//--- services/t.h
#include <coop/service.h>

#include <array>
#include <cstdio>
#include <vector>

constexpr int kLayers = 1;

struct Kv : coop::Artifact {
  int n = 3;
  int get(this auto& self, int i) { return self.n * i; }
};

struct Layer : coop::Artifact {
  int window = 2;
  int own(this auto& self) { return self.window; }
  int forward(this auto& self, int x) {
    self.window += 1;
    return self.kv.get(x) + self.window + self.own();
  }
  int add(this auto& self, int k) {
    auto all = [&self, k] { return self.window + self.kv.n + k; };
    return all();
  }
};

struct Model : coop::Artifact {
  int first(this auto& self) {
    int t = 0;
    for (int i = 0; i < 2; ++i) t += self.layers[i].forward(i);
    return t + self.layers[0].own() * 100;
  }
  int second(this auto& self) {
    int t = 0;
    auto* p = &self.layers[1];
    for (size_t i = 0; i < self.layers.size(); ++i) {
      auto& layer = self.layers[i];
      t += layer.add(i) + layer.window + p->forward(self.layers.at(1).add(1));
    }
    return t;
  }
  int third(this auto& self) {
    int t = 0;
    for (auto& layer : self.pair) t += layer.forward(1);
    return t + self.pair[0].own() * 100 + 2;
  }
  int fourth(this auto& self) {
    self.grown.resize(4);
    for (int i = 0; i < 4; ++i) self.grown[i].window = i;
    int t = 0;
    for (auto& layer : self.grown) t = layer.add(t);
    return t;
  }
};

struct T : coop::Service {
  Kv kv;
  std::array<Layer, 2 * kLayers> layers;
  Layer pair[2];
  std::vector<Layer> grown;
  Model model;
  int run(this auto& self) {
    const int first = self.model.first(), second = self.model.second();
    std::printf("%d %d %d %d\n", first, second, self.model.third(), self.model.fourth());
    return 0;
  }
};
