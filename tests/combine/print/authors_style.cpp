// The .clang-format nearest to the service lays out what was edited.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 5
// CHECK-LABEL: int comp_sum(T &self)
// CHECK-NEXT: {
// CHECK-NEXT:         if (self.comp.window > 1)
// CHECK-NEXT:         {
// CHECK-NEXT:                 return self.kv.tokens + self.comp.window;
// CHECK-NEXT:         }
// CHECK-NEXT:         return self.comp.window;
// CHECK-NEXT: }

//--- .clang-format
BasedOnStyle: LLVM
IndentWidth: 8
BreakBeforeBraces: Allman
ColumnLimit: 60
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) {
    if (self.window > 1) {
      return self.kv.tokens + self.window;
    }
    return self.window;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.sum());
    return 0;
  }
};
