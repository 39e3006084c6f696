// `many ? 1.5 : 2` is a double even when the int is what is left.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 2

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Scale : coop::Artifact {
  int n = 3;
  double get(this auto& self) {
    auto ratio = self.world.size() > 1 ? 1.5 : 2;
    return ratio / 4 + (self.world.size() > 1 ? 1.5 : self.n) / 2;
  }
};
struct T : coop::Service {
  Scale scale;
  int run(this auto& self) {
    std::printf("%g\n", self.scale.get());
    return 0;
  }
};
