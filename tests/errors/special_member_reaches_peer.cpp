// An operator cannot become a function of the service.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  // CHECK: special_member_reaches_peer.cpp:[[#@LINE+1]]:7: error: 'operator[]' reaches a peer, and it is no ordinary method [special-member-reaches-peer]
  int operator[](this auto& self, int at) { return self.tokens + at + self.compressor.window; }
};

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto& self) { return self.kv_cache[1]; }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill(); }
};
