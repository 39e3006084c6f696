// A `self` in code that nothing instantiates was never seen with its type.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int window = 2;
  int sum(this auto& self) {
    // CHECK: unrewritten_self.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: this 'self' is in code that nothing instantiates [unrewritten-self]
    auto never = [&](auto x) { return self.window + x; };
    (void)never;
    return self.kv_cache.tokens;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.sum(); }
};
