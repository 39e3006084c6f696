// A parameter that only cropped code used is commented out, in the prototype as well.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 6
// CHECK-LABEL: int comp_sum(T& self, int /*layer*/, {{\[\[}}maybe_unused]] int rank, int) {
// CHECK-NEXT:   return 2 * self.kv.length();
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self, int layer, [[maybe_unused]] int rank, int) {
    self.hooks.after_sum(layer);
    if (self.world.size() > 1) return layer + rank;
    return 2 * self.kv.length();
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.sum(1, 2, 3));
    return 0;
  }
};
