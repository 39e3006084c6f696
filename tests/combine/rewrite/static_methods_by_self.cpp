// A static method may be called by way of an object: the own artifact, a peer, the service.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 6 12 5 7
// CHECK: const int doubled = this->doubled(x);
// CHECK: static int doubled(int x) { return 2 * x; }
// CHECK: static int own_static(int x) { return x + 3; }
// CHECK: return self.first.doubled(6);
// CHECK: return self.second.own_static(self.second.own) + second_by_peer(self) * 0;
// CHECK: t_next(6)

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct First : coop::Artifact {
  int twice(this auto& self, int x) {
    const int doubled = self.doubled(x);
    return doubled;
  }
  static int doubled(int x) { return 2 * x; }
};
struct Second : coop::Artifact {
  int own = 2;
  int by_peer(this auto& self) { return self.first.doubled(6); }
  int hoisted(this auto& self) { return self.own_static(self.own) + self.by_peer() * 0; }
 private:
  static int own_static(int x) { return x + 3; }
};
struct T : coop::Service {
  First first;
  Second second;
  static int next(int x) { return x + 1; }
  int run(this auto& self) {
    std::printf("%d %d %d %d\n", self.first.twice(3), self.second.by_peer(),
                self.second.hoisted(), self.next(6));
    return 0;
  }
};
