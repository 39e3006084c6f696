// A peer in an ordinary method, and `self` where nothing takes it: what the method must take.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  // CHECK: missing_self.cpp:[[#@LINE+1]]:26: error: this method does not take `self` [missing-self]
  int get() { return 2 * self.tokens; }
};

struct Compressor : coop::Artifact {
  // CHECK: missing_self.cpp:[[#@LINE+3]]:22: error: 'kv_cache' is a peer, and is named here without `self` [missing-self]
  // CHECK-NEXT: {{^}}  int get() {
  // CHECK-NEXT: {{^}}                     ^~~~~~~~{{$}}
  int get() { return kv_cache.tokens; }
  // CHECK-NEXT: note: a method that reaches a peer takes `this auto& self` first, and says self.<peer>
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.kv_cache.get() + self.compressor.get(); }
};
