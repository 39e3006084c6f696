// `n && one_rank` is a bool, also when `n` is what is left of it.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 1111 1308

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Count : coop::Artifact {
  int n = 3;
  double d = 2.5;
  int types(this auto& self) {
    auto both = self.n && self.world.size() == 1;
    int either = self.n || self.world.size() > 1;
    auto real = self.d && self.world.rank() == 0;
    bool negated = self.n && !self.world.rank();
    return both * 1000 + either * 100 + real * 10 + negated;
  }
  bool next(this auto& self) {
    ++self.n;
    return true;
  }
  int effects(this auto& self) {
    int t = 0;
    if (self.next() && self.world.size() > 1) t += 1;
    if (self.world.size() > 1 || self.next()) t += 2;
    if (self.next() || self.world.size() == 1) t += 4;
    bool never = self.next() && self.world.rank() > 0;
    if (const int k = self.n; self.world.size() == 1) t += k;
    if (self.next(), self.world.size() > 1) t += 8;
    return t * 100 + never * 50 + self.n;
  }
};
struct T : coop::Service {
  Count count;
  int run(int, char**) {
    std::printf("%d ", count.types());
    std::printf("%d\n", count.effects());
    return 0;
  }
};
