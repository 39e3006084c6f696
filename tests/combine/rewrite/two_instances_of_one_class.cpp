// Two instances: members are shared text, functions are one for each.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 6 2011 13
// CHECK-LABEL: struct Kv {
// CHECK-NEXT:   int tokens = 3;
// CHECK-NEXT:   int own() { return tokens; }
// CHECK-NEXT: };
// CHECK-LABEL: int first_far(T& self) { return self.first.tokens * self.comp.window; }
// CHECK-LABEL: int second_far(T& self) { return self.second.tokens * self.comp.window; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int own(this auto& self) { return self.tokens; }
  int far(this auto& self) { return self.tokens * self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) {
    self.second.tokens = 10;
    return self.second.far() * 100 + self.second.own() + 1;
  }
};
struct T : coop::Service {
  Kv first;
  Kv second{.tokens = 4};
  Comp comp;
  int run(this auto& self) {
    std::printf("%d ", self.first.far());
    std::printf("%d ", self.comp.sum());
    std::printf("%d\n", self.first.own() + self.second.own());
    return 0;
  }
};
