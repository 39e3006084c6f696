// Which of the two there is, the compiler of the emission decides; only one was read.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

// CHECK: conditional_around.cpp:[[#@LINE+1]]:1: error: 'pick' stands in an #if that only the compiler of the emission can decide [conditional-around]
#ifdef __clang__
inline int pick(int x) { return x; }
#else
inline int pick(int x) { return x + 1; }
#endif

struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return pick(self.tokens); }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
