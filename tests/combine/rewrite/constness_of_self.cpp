// `this const auto& self`: a member becomes const, so that a const artifact still has it, and
// selects the const overload.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 4 100 5
// CHECK-LABEL:   int own() const { return at(); }
// CHECK-LABEL: int comp_far(T& self) { return self.comp.window + self.kv.tokens; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Comp : coop::Artifact {
  int window = 1;
  int at() { return 1; }
  int at() const { return 100; }
  int own(this const auto& self) { return self.at(); }
  int far(this const auto& self) { return self.window + self.kv.tokens; }
  int ordinary() const { return window + far(); }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    const Comp& reads = self.comp;
    std::printf("%d %d %d\n", self.comp.far(), self.comp.own(),
                self.comp.ordinary() + 0 * reads.window);
    return 0;
  }
};
