// A mistake in a contract is an error at its line, though nothing of the contract is emitted.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int append(this auto& self, int layer) {
    // CHECK-DAG: mistakes_in_contracts.cpp:[[#@LINE+1]]:23: error: nothing named 'kv_cach' is registered in Decode [unregistered-peer]
    COOP_EXPECTS(self.kv_cach.tokens > 0);
    // CHECK-DAG: mistakes_in_contracts.cpp:[[#@LINE+1]]:18: error: use of undeclared identifier 'layr' [cpp]
    COOP_ENSURES(layr > 0);
    return self.tokens + layer;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.append(2); }
};
