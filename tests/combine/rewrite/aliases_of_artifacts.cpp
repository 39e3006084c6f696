// A registered type may be an alias, and one declaration may register several.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 4 13
// CHECK-LABEL: struct T {
// CHECK-NEXT:   ContiguousKv kv_cache;
// CHECK-NEXT:   ContiguousKv first;
// CHECK-NEXT:   ContiguousKv second{10};
// CHECK-NEXT:   Comp comp;
// CHECK-NEXT:   int plain, state = 2;

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct ContiguousKv : coop::Artifact {
  int n;
  ContiguousKv(int n = 3) : n(n) {}
  int length(this auto& self) { return self.n + self.comp.window; }
};
using Kv = ContiguousKv;

struct Comp : coop::Artifact {
  int window = 1;
};
struct T : coop::Service {
  Kv kv_cache;
  Kv first, second{10};
  Comp comp;
  int plain, state = 2;
  int run(this auto& self) {
    self.plain = self.first.n - 3;
    std::printf("%d %d\n", self.kv_cache.length(), self.second.length() + self.state + self.plain);
    return 0;
  }
};
