// What only the cropped branch used goes, or stays without a warning; its effects stay.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 4
// CHECK-LABEL: int reduce_sum(T& self, int /*layer*/, int /*unused*/) {
// CHECK-NEXT:   {{\[\[}}maybe_unused]] const int next = self.kv.next();
// CHECK-NEXT:   const int numbers[] = {0, 1};
// CHECK-NEXT:   const auto& [none, one] = numbers;
// CHECK-NEXT:   return self.kv.tokens * one;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int next(this auto& self) { return ++self.tokens; }
};
struct Reduce : coop::Artifact {
  int sum(this auto& self, int layer, int unused) {
    const int ranks = self.world.size();
    const int next = self.kv.next();
    const int twice = 2 * layer;
    const int numbers[] = {0, 1};
    const auto& [none, one] = numbers;
    if (ranks > 1) std::printf("%d %d %d\n", next, twice + none, unused);
    return self.kv.tokens * one;
  }
};
struct T : coop::Service {
  Kv kv;
  Reduce reduce;
  int run(this auto& self) {
    std::printf("%d\n", self.reduce.sum(1, 2));
    return 0;
  }
};
