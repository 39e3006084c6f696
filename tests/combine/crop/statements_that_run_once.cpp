// A do, switch, for or % whose constant is decided leaves no trace; unused labels, aliases and
// captures go with what used them.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 36 5 54
// CHECK-LABEL: int comp_loops(T& self) {
// CHECK-NEXT:   int t = 0;
// CHECK-NEXT:   t += self.kv.n;
// CHECK-NEXT:   t += 2;
// CHECK-NEXT:   t += 0;
// CHECK-NEXT:   t += 17;
// CHECK-NEXT:   t += 9;
// CHECK-LABEL: int comp_names(T& self, int /*x*/) {
// CHECK-NEXT:   auto l = [&self] { return self.kv.n; };
// CHECK-NEXT:   auto m = [&] { return 1; };
// CHECK-NEXT:   int t = l() + m();
// CHECK-NEXT:   return t + true;
// CHECK-LABEL: int comp_rest(T& self, int x) {
// CHECK-NEXT:   int r = x;
// CHECK-NEXT:   for (int i = 0; i < 1; ++i) r += i + 1;
// CHECK-NEXT:   int parts[2] = {0, 1};

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int n = 3;
};
struct Comp : coop::Artifact {
  int w = 1;
  int loops(this auto& self) {
    int t = 0;
    switch (self.world.size()) {
      case 1:
        t += self.kv.n;
        break;
      default:
        t += 100;
    }
    do {
      t += 2;
    } while (self.world.size() > 1);
    for (; self.world.size() > 1;) {
      t += 50;
    }
    t += t % self.world.size();
    t += 17 / self.world.size();
    while (self.world.rank() > 0) t += 3;
    if (self.world.size() > 1)
      ;
    else
      t += 9;
    if (t > 3)
      if (self.world.size() > 1)
        t += 4;
      else
        t += 5;
    else
      t += 6;
    return t;
  }
  int names(this auto& self, int x) {
    int extra = 4;
    const int many = self.world.size();
    auto l = [extra, &self, many] {
      return self.kv.n + (self.world.size() > 1 ? extra : 0) + (many > 1 ? 3 : 0);
    };
    auto m = [&, x] {
      if (self.world.size() > 1) return x;
      return 1;
    };
    static const int k = 4;
    if (many > 1) return k;
    int t = l() + m();
    if (self.world.size() > 1) goto done;
  done:
    return t + !(self.world.size() > 1);
  }
  int rest(this auto& self, int x) {
    int r = x;
    if (const int k = self.world.rank()) r += k;
    for (int i = 0; i < self.world.size(); ++i) r += i + 1;
    for (int i = 1; i != self.world.size(); ++i) r += i + 100;
    int parts[2] = {self.world.rank(), self.world.size()};
    switch (x) {
      case 0:
        if (self.world.size() > 1) r += 5;
        break;
      case 7:
        r += 44 - self.world.size();
        break;
    }
    return r + parts[1] + parts[0] + self.kv.n - 1;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.comp.loops() + 0, self.comp.names(7), self.comp.rest(7));
    return 0;
  }
};
