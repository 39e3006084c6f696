// X-macros, tables that are included, local macros with `self` as an argument, assertions.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 6 8 1
// CHECK-LABEL: enum Op {
// CHECK-NEXT: #define OP(n, v) op_##n = v,
// CHECK-NEXT:   OP(add, 1) OP(mul, 2)
// CHECK-EMPTY:
// CHECK-NEXT: #undef OP
// CHECK-NEXT: };
// CHECK-LABEL: static const int kTable[] = {
// CHECK-NEXT:     1,
// CHECK-NEXT:     2,
// CHECK-NEXT:     4,
// CHECK-EMPTY:
// CHECK-NEXT: };
// CHECK-LABEL: int comp_sum(T& self) {
// CHECK-NEXT:   assert(self.kv.tokens > 0);
// CHECK-NEXT:   return TWICE_MOST(self.comp.window, self.kv.tokens + 1);
// CHECK-NEXT: }

//--- artifacts/ops.inc
OP(add, 1)
OP(mul, 2)
//--- artifacts/table.inc
1, 2, 4,
//--- services/t.h
#include <coop/service.h>

#include <cassert>
#include <cstdio>

enum Op {
#define OP(n, v) op_##n = v,
#include "artifacts/ops.inc"
#undef OP
};
static const int kTable[] = {
#include "artifacts/table.inc"
};
#define MOST(a, b) ((a) > (b) ? (a) : (b))
#define TWICE_MOST(a, b) (2 * MOST(a, b))

struct Kv : coop::Artifact {
  int tokens = 3;
  int get(this auto&) { return op_mul + kTable[2]; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) {
    assert(self.kv.tokens > 0);
    return TWICE_MOST(self.window, self.kv.tokens + 1);
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.kv.get(), self.comp.sum(), op_add);
    return 0;
  }
};
