// `this const auto& self` selects the const overload, kept or not.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 103 203 104 100

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
  int far(this const auto& self) { return self.at() + self.kv.tokens; }
  int ordinary() const { return at() + far(); }
  int mutable_one(this auto& self) { return self.at() + self.far(); }
  int own(this const auto& self) { return self.at(); }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d %d %d %d\n", self.comp.far(), self.comp.ordinary(), self.comp.mutable_one(), self.comp.own());
    return 0;
  }
};
