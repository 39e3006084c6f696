// A method that reaches a peer becomes a function of the service, so its object must be named.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  auto& add(this auto& self, int count) {
    self.tokens += count * self.compressor.window;
    return self;
  }
};

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto& self) {
    // CHECK: not_a_path.cpp:[[#@LINE+1]]:33: error: 'add' reaches a peer, so it must be called on an artifact by name [not-a-path]
    return self.kv_cache.add(1).add(2).tokens;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill(); }
};
