// An artifact may derive from an artifact: the base's methods, and its words for itself.
// RUN: %split && %same services/t.h -- --kv.own=6 | FileCheck %s --check-prefix=SAYS
// SAYS: 667 13

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Base : coop::Artifact {
  int base = 6;
  int get(this auto& self) { return self.base; }
  int far(this auto& self) { return self.comp.window + self.base; }
};
struct Kv : Base {
  int own = 2;
  int sum(this auto& self) {
    return self.get() * 100 + self.own * 10 + self.far() - self.Base::get() + 6;
  }
};
struct Comp : coop::Artifact {
  int window = 1;
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d %d\n", self.kv.sum(), self.kv.far() + self.kv.base);
    return 0;
  }
};
