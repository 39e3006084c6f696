// An #if may begin in one declaration and end in another: what it decided is what is emitted.
// RUN: %split && %same services/t.h | FileCheck %s
// RUN: not grep COOP_ out.cpp
// CHECK: 7

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
#if COOP_CPU
  int twice(this auto& self) { return 2 * self.tokens + self.far.more; }
};
struct Far : coop::Artifact {
#else
  int twice(this auto& self) { return self.tokens; }
#endif
  int more = 1;
};
struct T : coop::Service {
  Kv kv;
  Far far;
  int run(int, char**) {
    std::printf("%d\n", kv.twice());
    return 0;
  }
};
