// A conditional that only the compiler of the emission can decide may stand around a declaration,
// but not around an artifact, of which only one was read.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

// CHECK: conditional_around.cpp:[[#@LINE+1]]:1: error: 'KvCache' stands in an #if that only the compiler of the emission can decide [conditional-around]
#ifdef __clang__
struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return self.tokens; }
};
#else
struct KvCache : coop::Artifact {};
#endif
// CHECK: note: put the #if into the body of a function

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
