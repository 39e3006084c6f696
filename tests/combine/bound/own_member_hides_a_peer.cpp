// An own member wins over a peer of the same name, as in C++.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 50 7 3
// CHECK-LABEL: int other_sum(T& self) { return self.kv.tokens + self.other.more; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Own {
  int tokens = 50;
};
struct Hides : coop::Artifact {
  Own kv;
  int get(this auto& self) { return self.kv.tokens; }
};
struct Other : coop::Artifact {
  int more = 4;
  int sum(this auto& self) { return self.kv.tokens + self.more; }
};
struct T : coop::Service {
  Kv kv;
  Hides hides;
  Other other;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.hides.get(), self.other.sum(), self.kv.tokens);
    return 0;
  }
};
