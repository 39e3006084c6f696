// Local variables may have the names of instances, types and functions of the emission.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 14 8 1 7

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

inline int limit = 7;

struct Kv : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens + self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int far(this auto& self, int kv_length) {
    int comp_far = 1;
    return self.kv.length() + kv_length + comp_far + limit;
  }
  int types(this auto& self, int Kv, int T) {
    int comp = Kv;
    int kv = T;
    return comp + kv + self.kv.tokens + self.window;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int limit = 1;
  int run(int, char**) {
    int t_run = 1;
    std::printf("%d %d %d %d\n", comp.far(t_run), comp.types(1, 2), limit, ::limit);
    return 0;
  }
};
