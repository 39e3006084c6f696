// Captures by reference: of everything, of self, of an alias of a peer, in a member and in a
// function.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 60 9
// CHECK-LABEL:   int bump() {
// CHECK-NEXT:     auto add = [this](int window) { return this->window += window; };
// CHECK-NEXT:     auto get = [&] { return this->window; };
// CHECK-NEXT:     return add(2) + get() + get();
// CHECK-NEXT:   }
// CHECK-LABEL: int comp_sum(T& self) {
// CHECK-NEXT:   auto& kv = self.kv;
// CHECK-NEXT:   kv.tokens = 7;
// CHECK-NEXT:   int total = kv_far(self, 1) + kv.own();
// CHECK-NEXT:   auto all = [&] { return kv_far(self, 2) + self.comp.window; };
// CHECK-NEXT:   auto explicitly = [&self] { return kv_far(self, 3); };
// CHECK-NEXT:   auto alias = [&self](int x) { return kv_far(self, x); };
// CHECK-NEXT:   auto generic = [&](auto x) { return self.kv.own() + x; };
// CHECK-NEXT:   return total + all() + explicitly() + alias(2) + generic(6) - 1;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int far(this auto& self, int x) { return self.tokens + self.comp.window + x; }
  int own(this auto& self) { return self.tokens; }
};
struct Comp : coop::Artifact {
  int window = 1;
  int sum(this auto& self) {
    auto& kv = self.kv;
    kv.tokens = 7;
    int total = kv.far(1) + kv.own();
    auto all = [&] { return self.kv.far(2) + self.window; };
    auto explicitly = [&self] { return self.kv.far(3); };
    auto alias = [&kv](int x) { return kv.far(x); };
    auto generic = [&](auto x) { return self.kv.own() + x; };
    return total + all() + explicitly() + alias(2) + generic(6) - 1;
  }
  int bump(this auto& self) {
    auto add = [&self](int window) { return self.window += window; };
    auto get = [&] { return self.window; };
    return add(2) + get() + get();
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d ", self.comp.sum());
    std::printf("%d\n", self.comp.bump());
    return 0;
  }
};
