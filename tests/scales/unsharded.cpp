// Rules on methods of an artifact that nobody shards change nothing: there is one part, the whole.
// RUN: %scratch
// RUN: %combine --device=cpu --scale=node %s -o node.cpp
// RUN: FileCheck %s < node.cpp --implicit-check-not='all_reduce_sum(self'
// RUN: %gxx node.cpp -o node && ./node --ranks=3 | FileCheck %s --check-prefix=PRINTS
#include <coop/service.h>

#include <cstdio>

struct Numbers : coop::Artifact {
  int numbers = 24;
  [[coop::sum]] int sum(this auto& self) { return self.numbers; }
};

struct Report : coop::Service {
  Numbers numbers;
  int run(this auto& self) {
    // CHECK: if (self.numbers.sum() == 24 && self.world.rank() == 0)
    if (self.numbers.sum() == 24 && self.world.rank() == 0) std::printf("%d\n", self.numbers.sum());
    return 0;
  }
};
// PRINTS: 24
