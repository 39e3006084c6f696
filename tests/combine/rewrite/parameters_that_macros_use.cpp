// A parameter that only the text of a macro names is used, and keeps its name.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 9
// CHECK: int kv_sum(T& self, int left, int /*right*/) {

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#define LEFT_TWICE (2 * left)

struct Kv : coop::Artifact {
  int sum(this auto& self, int left, int right) {
    if (self.world.size() > 1) return right;
    return LEFT_TWICE + self.far.tokens;
  }
};
struct Far : coop::Artifact {
  int tokens = 3;
};
struct T : coop::Service {
  Kv kv;
  Far far;
  int run(int, char**) {
    std::printf("%d\n", kv.sum(3, 4));
    return 0;
  }
};
