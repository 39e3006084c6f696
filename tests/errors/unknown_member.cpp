// The peer is there, the method is not.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  // CHECK-DAG: unknown_member.cpp:[[#@LINE+1]]:7: note: did you mean 'length', declared here?
  int length(this auto& self) { return self.tokens; }
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK-DAG: unknown_member.cpp:[[#@LINE+1]]:26: error: kv_cache (KvCache) has no member named 'lenght' [unknown-member]
    return self.kv_cache.lenght();
  }
};

struct Decode : coop::Service {
  // CHECK-DAG: unknown_member.cpp:[[#@LINE+1]]:11: note: 'kv_cache' is registered here
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
