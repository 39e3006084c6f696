// A method that reaches a peer becomes a function of the service, so it must be known which of
// several artifacts it is called on.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens + self.compressor.window; }
};

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto& self, bool first) {
    KvCache& cache = first ? static_cast<KvCache&>(self.near) : static_cast<KvCache&>(self.far);
    // CHECK: not_a_path.cpp:[[#@LINE+1]]:18: error: 'length' reaches a peer, so it must be called on an artifact by name [not-a-path]
    return cache.length();
  }
};

struct Decode : coop::Service {
  KvCache near;
  KvCache far;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill(true); }
};
