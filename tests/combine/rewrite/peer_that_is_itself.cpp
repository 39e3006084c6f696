// An artifact that calls itself by the name it is registered under: its method stays a member.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 10
// CHECK: int first() { return total; }
// CHECK: return n == 0 ? first() : n + sum(n - 1);

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Series : coop::Artifact {
  int total = 4;
  int first(this auto& self) { return self.total; }
  int sum(this auto& self, int n) {
    return n == 0 ? self.series.first() : n + self.series.sum(n - 1);
  }
};
struct T : coop::Service {
  Series series;
  int run(int, char**) {
    std::printf("%d\n", series.sum(3));
    return 0;
  }
};
