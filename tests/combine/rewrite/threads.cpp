// OpenMP: a peer in a pragma's clause, a reduction.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 48
// CHECK-LABEL: int comp_sum(T& self) {
// CHECK-NEXT:   int total = 0;
// CHECK-NEXT: #pragma omp parallel for reduction(+ : total) num_threads(self.kv.tokens)
// CHECK-NEXT:   for (int i = 0; i < 10; ++i) total += i;
// CHECK-NEXT:   return total + self.kv.tokens;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Comp : coop::Artifact {
  int sum(this auto& self) {
    int total = 0;
#pragma omp parallel for reduction(+ : total) num_threads(self.kv.tokens)
    for (int i = 0; i < 10; ++i) total += i;
    return total + self.kv.tokens;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(int, char**) {
    std::printf("%d\n", comp.sum());
    return 0;
  }
};
