// An artifact is one resource: every way of copying it is refused, at its place.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int window = 5;
  int captured(this auto& self) {
    // CHECK-DAG: artifact_copied.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: this copies the artifact 'compressor' [artifact-copied]
    auto sum = [=] { return self.window + self.kv_cache.tokens; };
    return sum();
  }
  int taken(this auto& self) {
    // CHECK-DAG: artifact_copied.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: this copies the artifact 'kv_cache' [artifact-copied]
    auto cache = self.kv_cache;
    return cache.tokens;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.captured() + self.compressor.taken(); }
};
