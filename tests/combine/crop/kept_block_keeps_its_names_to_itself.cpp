// A branch that stays loses its braces only where its names cannot mean something else behind it.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 17 5

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

inline int limit = 5;

struct Loop : coop::Artifact {
  static constexpr int kStep = 5;
  int global(this auto& self) {
    int t = 0;
    if (self.world.size() == 1) {
      int limit = 12;
      t += limit;
    }
    t += limit;
    return t;
  }
  int member(this auto& self) {
    int t = 0;
    if (self.world.size() == 1) {
      int kStep = 0;
      t += kStep;
    }
    return t + kStep;
  }
};
struct T : coop::Service {
  Loop loop;
  int run(this auto& self) {
    std::printf("%d %d\n", self.loop.global(), self.loop.member());
    return 0;
  }
};
