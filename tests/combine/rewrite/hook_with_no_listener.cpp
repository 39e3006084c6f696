// A hook to which nobody listens leaves no trace.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}after_append{{.*}}' '--implicit-check-not={{.*}}hooks{{.*}}'
// SAYS: 4
// CHECK-LABEL: struct Kv {
// CHECK-NEXT:   int tokens = 3;
// CHECK-NEXT:   void append(int /*layer*/) { ++tokens; }
// CHECK-NEXT: };

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  void append(this auto& self, int layer) {
    self.hooks.before_append(layer);
    ++self.tokens;
    self.hooks.after_append(layer, self.tokens);
  }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    self.kv.append(1);
    std::printf("%d\n", self.kv.tokens);
    return 0;
  }
};
