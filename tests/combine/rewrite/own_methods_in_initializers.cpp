// A default member initializer may call what its class has.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 12

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = three() + twice(2);
  int more = this->tokens - 3;
  int three() const { return 3; }
  static int twice(int x) { return 2 * x; }
  int far(this auto& self) { return self.tokens + self.more + self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 1;
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(int, char**) {
    std::printf("%d\n", kv.far());
    return 0;
  }
};
