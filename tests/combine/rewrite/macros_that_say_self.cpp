// A macro that speaks of self is written out where it is used; its #define goes with it.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 14 38 24 8 5 25
// CHECK-NOT: #define {{[^G]}}
// CHECK-LABEL: struct Comp {
// CHECK:        int own_n() { return n; }
// CHECK:        int square() { return (n * n); }
// CHECK-LABEL: int comp_names(T& self) {
// CHECK-NEXT:   int t = self.comp.n + self.kv.n;
// CHECK-NEXT:   t += kv_get(self, 4);
// CHECK-LABEL: int comp_statements(T& self) {
// CHECK:        for (int i = 0; i < self.kv.n; ++i) {
// CHECK-LABEL: int comp_get_n(T& self) { return self.comp.n + self.kv.n; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#define MINE self.n
#define PEER self.kv.n
#define CALL(x) self.kv.get(x)
#define INC() self.n += self.kv.n
#define GUARD(c)            \
  do {                      \
    if (!(c)) {             \
      std::printf("bad\n"); \
      return -1;            \
    }                       \
  } while (0)
#define FOR_ALL(i) for (int i = 0; i < self.kv.n; ++i)
#define METHOD(x) self.kv.get_##x()
#define FIELDS(X) X(a) X(b)
#define GETTER(f) \
  int get_##f(this auto& self) { return self.f + self.kv.n; }
#define OWN_GETTER(f) \
  int own_##f(this auto& self) { return self.f; }
#define SQUARE (self.n * self.n)
#define BOTH(kv) (kv.get(2) + kv.n)
struct Kv : coop::Artifact {
  int n = 3;
  int get(this auto& self, int i) { return self.n * i + 0 * self.comp.n; }
  int get_a(this auto& self) { return self.n + self.comp.a; }
  int get_b(this auto& self) { return self.n; }
};
struct Comp : coop::Artifact {
  int n = 2;
  int a = 4, b = 5;
  GETTER(n)
  OWN_GETTER(n)
  int square(this auto& self) { return SQUARE; }
  int names(this auto& self) {
    int t = MINE + PEER;
    t += CALL(4);
    if (CALL(1) > 100) t += MINE;
    return t - 3;
  }
  int statements(this auto& self) {
    int t = 0;
    GUARD(self.kv.n == 3);
    INC();
    GUARD(self.n < 100);
    FOR_ALL(i) { t += i * self.n; }
    return t + 23;
  }
  int pasted(this auto& self) {
    int t = METHOD(a);
#define ADD(x) t += self.x;
    FIELDS(ADD)
#undef ADD
    return t + METHOD(b) + BOTH(self.kv) - 4;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    const int names = self.comp.names();
    const int statements = self.comp.statements();
    std::printf("%d %d %d %d %d %d\n", names, statements, self.comp.pasted(), self.comp.get_n(),
                self.comp.own_n(), self.comp.square());
    return 0;
  }
};
