// A line that goes on behind a backslash keeps what the next one begins with, and its end.
// RUN: %split && %same services/t.h | FileCheck %s
// CHECK: 7 2 7

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int twice(this auto& self) {
    return\
  self.tokens + self.far.tokens;
  }
  int macro(this auto&) {
#define VALUE(x)  \
  x \

    int value = VALUE(2);
#undef VALUE
    return value;
  }
};
struct Far : coop::Artifact {
  int tokens = 4;
};
struct T : coop::Service {
  Kv kv;
  Far far;
  int run(int, char**) {
    std::printf("%d %d %d\n", kv.twice(), kv.macro(), kv.twice\
());
    return 0;
  }
};
