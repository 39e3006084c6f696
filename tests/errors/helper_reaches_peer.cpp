// A free function that takes an artifact cannot reach its peers.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

template <class Artifact>
int tokens_of(Artifact& artifact) {
  // CHECK: helper_reaches_peer.cpp:[[#@LINE+1]]:10: error: function 'tokens_of' takes an artifact and reaches its peers [helper-reaches-peer]
  return artifact.kv_cache.tokens;
}

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto& self) { return tokens_of(self); }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill(); }
};
