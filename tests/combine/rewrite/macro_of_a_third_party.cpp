// A macro of a third party decides for whoever compiles the emission: here, of what version its
// headers are. Whether the macro comes out of the cache or not makes no difference.
// RUN: rm -rf %t.cache && env COOP_CACHE=%t.cache %combine --device=cpu %s -o %t.cold.cpp
// RUN: env COOP_CACHE=%t.cache %combine --device=cpu %s -o %t.warm.cpp
// RUN: FileCheck %s --input-file=%t.cold.cpp && FileCheck %s --input-file=%t.warm.cpp
// CHECK: {{^ *}}#if LONG_BIT == 64
// CHECK-NEXT: return wide;
// CHECK-NEXT: {{^ *}}#else
// CHECK-NEXT: return narrow;
// CHECK-NEXT: {{^ *}}#endif
#include <coop/service.h>

#include <climits>
#include <cstdio>

struct Clock : coop::Artifact {
  int bits(this auto& self) {
#if LONG_BIT == 64
    return self.wide;
#else
    return self.narrow;
#endif
  }
  int wide = 64, narrow = 32;
};

struct Decode : coop::Service {
  Clock clock;
  int run(this auto& self) {
    std::printf("%d\n", self.clock.bits());
    return 0;
  }
};
