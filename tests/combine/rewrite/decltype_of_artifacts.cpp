// decltype of a peer or of self is a reference, and stays one.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 24
// CHECK-LABEL: int comp_f(T& self) {
// CHECK-NEXT:   decltype((self.kv)) k = self.kv;
// CHECK-NEXT:   k.n = 7;
// CHECK-NEXT:   decltype((self.comp)) me = self.comp;

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int n = 3;
  int length(this auto& self) { return self.n + self.comp.w; }
};
struct Comp : coop::Artifact {
  int w = 1;
  int f(this auto& self) {
    decltype(self.kv) k = self.kv;
    k.n = 7;
    decltype(self) me = self;
    me.w = 5;
    return k.length() + self.kv.n + self.w;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.f());
    return 0;
  }
};
