// run's parameters may have any name, those of main's own variables too; defaults may name members.
// RUN: %split && %same services/t.h -- --argc=5 | FileCheck %s --check-prefix=SAYS
// SAYS: 3 5 1 7 4 2

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

inline constexpr int kGlobal = 4;

struct Kv : coop::Artifact {
  int tokens = 2;
};
struct T : coop::Service {
  static constexpr int kSteps = 7;
  Kv kv;
  int run(this auto& self, int flags = 3, int argc = 2, double t = 1, int steps = kSteps,
          int more = kGlobal) {
    std::printf("%d %d %g %d %d %d\n", flags, argc, t, steps, more, self.kv.tokens);
    return 0;
  }
};
