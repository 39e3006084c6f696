// Artifacts derive from artifacts: `self.Base::score(1)` is the base's, and other bases stay.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 17 7 12
// CHECK-LABEL: struct Base {
// CHECK:        int own() { return w; }
// CHECK-LABEL: struct Derived : Base {
// CHECK:        int own() { return Base::own() * 7; }
// CHECK-LABEL: struct Mixed : Mixin {
// CHECK-LABEL: int comp_base_score(T& self, int k) { return self.comp.w * k + self.kv.n; }
// CHECK-LABEL: int comp_score(T& self, int k) {
// CHECK-NEXT:   return comp_base_score(self, k) + self.comp.extra + self.comp.own();

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int n = 3;
};
struct Base : coop::Artifact {
  int w = 1;
  int score(this auto& self, int k) { return self.w * k + self.kv.n; }
  int own(this auto& self) { return self.w; }
};
struct Derived : Base {
  int extra = 5;
  int score(this auto& self, int k) { return self.Base::score(k) + self.extra + self.own(); }
  int own(this auto& self) { return self.Base::own() * 7; }
};
struct Mixin {
  int m = 4;
  int mix() { return m; }
};
struct Mixed : coop::Artifact, Mixin {
  int w = 1;
  int f(this auto& self) { return self.mix() + self.m + self.kv.n + self.w; }
};
struct T : coop::Service {
  Kv kv;
  Derived comp;
  Mixed mixed;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.comp.score(2), self.comp.own(), self.mixed.f());
    return 0;
  }
};
