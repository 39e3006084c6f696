// The const overload was meant; a function of the service would take the other one.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int at() { return 1; }
  int at() const { return 100; }
  // CHECK: const_self_chooses.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: a const `self` chooses between two methods here, and a function of the service has none [const-self-chooses]
  int sum(this const auto& self) { return self.at() + self.kv_cache.tokens; }
  // CHECK: note: take `this auto& self` in the caller, or give the two methods different names
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.sum(); }
};
