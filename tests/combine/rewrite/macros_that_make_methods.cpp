// A macro whose text is a method, or the head of one, is written out like one that says self.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 3 5 8
// CHECK-NOT: #define {{.*}}
// CHECK:       int get_tokens() { return tokens; }
// CHECK:     int kv_with_window(T& self) { return self.kv.tokens + self.comp.window; }
// CHECK:     int t_sum(T& self) { return {{.*}}; }
// CHECK:     int t_run(T& self) {

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#define GETTER(name) int get_##name(this auto& self) { return self.name; }
#define METHOD(name) int name(this auto& self)
#define SUM int sum(this auto& self) { return self.kv.get_tokens() + self.kv.with_window(); }
#define RUN(first) int run(this auto& self) { first; return 0; }

struct Kv : coop::Artifact {
  int tokens = 3;
  GETTER(tokens)
  METHOD(with_window) { return self.tokens + self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  SUM
  RUN(std::printf("%d %d %d\n", self.kv.get_tokens(), self.kv.with_window(), self.sum()))
};
