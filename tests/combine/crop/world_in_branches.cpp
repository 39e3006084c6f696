// What the number of ranks decides is decided: no branch on it is left, in any form of statement.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}world{{.*}}' '--implicit-check-not={{.*}}remote{{.*}}'
// SAYS: 1022
// CHECK-LABEL: int reduce_sum(T& self, int x) {
// CHECK-NEXT:   int t = self.kv.tokens;
// CHECK-NEXT:   if (x > 1) t += 1;
// CHECK-NEXT:   if (x > 1) t += 2;
// CHECK-NEXT:   t += 4;
// CHECK-NEXT:   // The root keeps a block's comment.
// CHECK-NEXT:   const int more = 8;
// CHECK-NEXT:   t += more;
// CHECK-NEXT:   if (x > 100)
// CHECK-NEXT:     t += 1;
// CHECK-NEXT:   else
// CHECK-NEXT:     t += 16;
// CHECK-NEXT:   if (x) {
// CHECK-NEXT:     if (x > 100)
// CHECK-NEXT:       t += 1;
// CHECK-NEXT:     else
// CHECK-NEXT:       t += 32;
// CHECK-NEXT:   }
// CHECK-NEXT:   t += 956;
// CHECK-NEXT:   return t;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
#if COOP_NODE
  int only_node(this auto& self) { return self.world.size(); }
#endif
};
struct Reduce : coop::Artifact {
  int remote(this auto& self) { return self.world.size() * 1000; }
  int sum(this auto& self, int x) {
    int t = self.kv.tokens;
    if constexpr (self.world.size() > 1) return self.kv.only_node();
    if (self.world.size() > 1 && x > 2) { std::printf("many\n"); }
    if (self.world.rank() == 0 && x > 1) t += 1;
    if (x > 1 || self.world.size() > 1) t += 2;
    if (!(self.world.size() > 1)) t += 4; else t += self.remote();
    if (self.world.rank() == 0) {
      // The root keeps a block's comment.
      const int more = 8;
      t += more;
    }
    if (x > 100) t += 1; else if (self.world.size() > 1) t += self.remote(); else t += 16;
    if (x) if (self.world.size() == 1) { if (x > 100) t += 1; else t += 32; }
    while (self.world.size() > 1) { t += self.remote(); }
    t += self.world.size() > 1 ? self.remote() : 956;
    return t;
  }
};
struct T : coop::Service {
  Kv kv;
  Reduce reduce;
  int run(this auto& self) {
    std::printf("%d\n", self.reduce.sum(2));
    return 0;
  }
};
