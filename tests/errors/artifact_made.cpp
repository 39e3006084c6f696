// An artifact that nobody registers cannot be passed to a function of the registered one.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens + self.compressor.window; }
};

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto&) {
    // CHECK: artifact_made.cpp:[[#@LINE+1]]:13: error: this makes another KvCache, which is not registered [artifact-made]
    KvCache mine;
    // CHECK: note: 'length' reaches a peer, and becomes a function for the registered ones; register this one too
    KvCache& cache = mine;
    return cache.length();
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill() + self.kv_cache.length(); }
};
