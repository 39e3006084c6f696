// What g++ compiles, Clang did not see: the other branch is rewritten by its names, and what it
// names is emitted.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 24
// CHECK-LABEL: int Comp_mark = 1;

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

int Comp_mark = 1;
inline int fast(int x) { return x * 2; }
inline int slow(int x) { return x + x; }
inline int twice(int x) {
#ifdef __clang__
  return fast(x);
#else
  return slow(x);
#endif
}
struct Kv : coop::Artifact {
  int n = 3;
  int local = 5;
  int get(this auto& self, int k) { return self.n + self.comp.n + k; }
  int own(this auto& self, int spare) {
    int t = 0;
#ifdef __clang__
    t += self.n;
#else
    t += self.n + 0 * self.local + 0 * spare;
#endif
    return t;
  }
};
struct Comp : coop::Artifact {
  int n = 2;
  int f(this auto& self) {
    int t = 0;
#ifdef __clang__
    t += self.kv.get(1) + self.kv.own(1) + self.n;
#else
    t += 1 + self.kv.get(0) + self.kv.own(1) + self.n * self.kv.n / self.kv.n;
#endif
    return t + twice(6) + Comp_mark;
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
