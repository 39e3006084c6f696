// A call on what a call returned: that one is made first.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 18 9 10
// CHECK-LABEL: int comp_far(T& self) { return ((kv_set(self, 4), kv_add(self, 5)), kv_add(self, 1)).n; }
// CHECK-LABEL: int comp_own(T& self) { return self.kv.put(4).put(5).n; }
// CHECK-LABEL: int comp_picked(T& self) { return (touched(self.kv), kv_length(self)); }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int n = 3;
  auto& set(this auto& self, int v) {
    self.n = v + self.comp.w;
    return self;
  }
  auto& add(this auto& self, int v) {
    self.n += v * self.comp.w;
    return self;
  }
  auto& put(this auto& self, int v) {
    self.n = v + 4;
    return self;
  }
  int length(this auto& self) { return self.n - self.comp.w + 2; }
};
template <class A>
auto& touched(A& artifact) {
  artifact.n += 1;
  return artifact;
}
struct Comp : coop::Artifact {
  int w = 2;
  int far(this auto& self) { return self.kv.set(4).add(5).add(1).n; }
  int own(this auto& self) { return self.kv.put(4).put(5).n; }
  int picked(this auto& self) { return touched(self.kv).length(); }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    const int far = self.comp.far(), own = self.comp.own();
    std::printf("%d %d %d\n", far, own, self.comp.picked());
    return 0;
  }
};
