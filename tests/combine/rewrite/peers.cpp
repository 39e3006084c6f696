// A peer's method that stays a member is called as written; one that became a function gets the
// service.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 19 7
// CHECK-LABEL: int kv_far(T& self, int x, int y = 4) { return self.kv.tokens + x * y + self.comp.window; }
// CHECK-LABEL: int comp_sum(T& self, int layer) {
// CHECK-NEXT:   self.kv.tokens += 1;  // a field of a peer
// CHECK-NEXT:   return self.kv.length(layer) + kv_far(self, layer) +
// CHECK-NEXT:          kv_far(self,  // broken over lines
// CHECK-NEXT:                 layer, 0) -
// CHECK-NEXT:          self.comp.window;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int length(this auto& self, int layer) { return self.tokens + layer; }
  /// The comment comes along.
  int far(this auto& self, int x, int y = 4) { return self.tokens + x * y + self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self, int layer) {
    self.kv.tokens += 1;  // a field of a peer
    return self.kv.length(layer) + self.kv.far(layer) + self.kv
        .far(  // broken over lines
            layer, 0) - self.window;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d ", self.comp.sum(1));
    std::printf("%d\n", self.kv.far(1, 1));
    return 0;
  }
};
