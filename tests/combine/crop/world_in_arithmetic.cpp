// Shares of work: dividing by the number of ranks and adding the rank leave no trace.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}world{{.*}}'
// SAYS: 0 12 20 5
// CHECK-LABEL:   int begin() { return 0; }
// CHECK-LABEL:   int end() { return total; }
// CHECK-LABEL:   int scaled(int x) { return x + 2 * (x) + x; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Slice : coop::Artifact {
  int total = 12;
  int begin(this auto& self) { return self.world.rank() * self.total / self.world.size(); }
  int end(this auto& self) { return (self.world.rank() + 1) * self.total / self.world.size(); }
  int scaled(this auto& self, int x) {
    return x / self.world.size() + 2 * (self.world.rank() + x) + x * self.world.size();
  }
  int counted(this auto& self) {
    const int parts = self.world.size();
    constexpr int kMost = self.world.size() * 4;
    int buffer[kMost] = {parts};
    return buffer[0] + kMost;
  }
};
struct T : coop::Service {
  Slice slice;
  int run(this auto& self) {
    std::printf("%d %d %d %d\n", self.slice.begin(), self.slice.end(), self.slice.scaled(5),
                self.slice.counted());
    return 0;
  }
};
