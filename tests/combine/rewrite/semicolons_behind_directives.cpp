// The `;` of a declaration may stand behind comments, and behind an #if that is decided here.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 3 4 5 6
// CHECK-NOT: #if
// CHECK-NOT: NEVER

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Behind : coop::Artifact {
  int tokens = 3;
}
#if COOP_SINGLE_GPU
;
#endif
#if COOP_CPU
struct Before : coop::Artifact {
  int tokens = 4;
}
#endif
;
struct Commented : coop::Artifact {
  int tokens = 5;
} /* of the service */ // and behind that
;
struct Plain {
  int tokens = 6;
}
#if COOP_CUDA
NEVER;
#else
;
#endif
struct T : coop::Service {
  Behind behind;
  Before before;
  Commented commented;
  int run(this auto& self) {
    Plain plain;
    std::printf("%d %d %d %d\n", self.behind.tokens, self.before.tokens, self.commented.tokens,
                plain.tokens);
    return 0;
  }
};
