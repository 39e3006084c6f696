// Every hook that is called, with who listens, in order of registration.
// RUN: %split && %combine --device=cpu --dump=registry services/t.h | FileCheck %s --match-full-lines
// CHECK: hook after_append: second first
// CHECK-NEXT: hook before_step:
// CHECK-NEXT: entry {{.*}}

//--- services/t.h
#include <coop/service.h>

struct First : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self) { self.seen = 1; }
};
struct Second : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self) { self.seen = 2; }
};
struct Kv : coop::Artifact {
  void append(this auto& self) {
    self.hooks.before_step();
    self.hooks.after_append();
  }
};
struct T : coop::Service {
  Second second;
  Kv kv;
  First first;
  int run(this auto& self) {
    self.kv.append();
    return 0;
  }
};
