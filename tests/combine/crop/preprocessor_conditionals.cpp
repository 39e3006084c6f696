// Conditions on the target and on local macros are folded, text of other targets included;
// conditions on the compiler stay.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}COOP_{{.*}}' '--implicit-check-not={{.*}}remote{{.*}}'
// SAYS: 12
// CHECK-LABEL: struct Kv {
// CHECK-NEXT:   int four = 4;
// CHECK-NEXT:   int get() {
// CHECK-NEXT:     int t = 0;
// CHECK-NEXT: #ifdef __GNUC__
// CHECK-NEXT:     t += 1;
// CHECK-NEXT: #else
// CHECK-NEXT:     t += 100;
// CHECK-NEXT: #endif
// CHECK-NEXT: #if defined(__GNUC__) && WIDTH == 4
// CHECK-NEXT:     t += 2;
// CHECK-NEXT: #endif
// CHECK-NEXT:     if (1 && 1) t += 5;
// CHECK-NEXT:     return t + four;
// CHECK-NEXT:   }
// CHECK-NEXT: };

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#define WIDTH 4

struct Kv : coop::Artifact {
#if COOP_CUDA
  int gpu = 1;
#elif WIDTH == 4  // four
  int four = 4;
#else
  int slow = 7;
#endif  // COOP_CUDA
  int get(this auto& self) {
    int t = 0;
#if COOP_NODE || \
    COOP_CLUSTER
    self.remote(t);
#endif
#ifdef __GNUC__
    t += 1;
#else
    t += 100;
#endif
#if defined(__GNUC__) && WIDTH == 4
    t += 2;
#endif
    if (COOP_CPU && COOP_SINGLE_GPU) t += 5;
    return t + self.four;
  }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::printf("%d\n", self.kv.get());
    return 0;
  }
};
