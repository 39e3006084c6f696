// An #if that only the compiler decides, begun inside of a declaration and ended behind it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return self.tokens; }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) {
// CHECK: conditional_splits.cpp:[[#@LINE+1]]:1: error: 'Decode' stands in an #if that only the compiler of the emission can decide [conditional-around]
#ifdef __GNUC__
    return self.kv_cache.get();
  }
};
#endif
