// Artifacts are C++23 because of `this auto& self`; everything else must be C++20.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int twice(this auto& self) {
    // CHECK: newer_than_cpp20.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: newer than C++20, which is what is emitted: {{.*}} [newer-than-cpp20]
    if consteval {
      return 0;
    }
    return 2 * self.tokens;
  }
};
// CHECK: note: write it in C++20

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.twice(); }
};
