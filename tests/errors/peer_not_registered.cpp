// A peer that nothing is near to: what is registered, where, and the two ways out.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK: peer_not_registered.cpp:[[#@LINE+1]]:17: error: nothing named 'sampler' is registered in Decode [unregistered-peer]
    return self.sampler.pick() + self.kv_cache.tokens;
  }
};

struct Decode : coop::Service {
  // CHECK: peer_not_registered.cpp:[[#@LINE+1]]:11: note: 'kv_cache' is registered here
  KvCache kv_cache;
  // CHECK: peer_not_registered.cpp:[[#@LINE+1]]:14: note: 'compressor' is registered here
  Compressor compressor;
  // CHECK: note: register it in Decode: `SomeArtifact sampler;`
  // CHECK-SAME: `if constexpr (requires { self.sampler; })`
  int run(this auto& self) { return self.compressor.compress(); }
};
