// A hook calls every element of an array.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 9 6
// CHECK-LABEL: void kv_go(T& self, int x) {
// CHECK-NEXT:   for (auto& each : self.layers) layers_after(self, each, x);
// CHECK-NEXT:   for (auto& each : self.counts) each.after(x);
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <array>
#include <cstdio>

struct Layer : coop::Artifact {
  int window = 2;
  void after(this auto& self, int x) { self.window += x + self.kv.n; }
};
struct Count : coop::Artifact {
  int calls = 2;
  void after(this auto& self, int x) { self.calls += x; }
};
struct Kv : coop::Artifact {
  int n = 3;
  void go(this auto& self, int x) { self.hooks.after(x); }
};
struct T : coop::Service {
  Kv kv;
  Layer layers[2];
  std::array<Count, 2> counts;
  int run(this auto& self) {
    self.kv.go(4);
    std::printf("%d %d\n", self.layers[1].window, self.counts[0].calls);
    return 0;
  }
};
