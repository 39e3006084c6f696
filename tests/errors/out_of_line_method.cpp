// A method is defined in its struct.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int length(this auto& self);
};
// CHECK: out_of_line_method.cpp:[[#@LINE+1]]:14: error: 'length' is defined outside of its artifact [out-of-line-method]
int KvCache::length(this auto& self) { return self.tokens; }

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.length(); }
};
