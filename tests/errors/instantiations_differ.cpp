// One text, instantiated with two artifacts: it cannot name the functions of both.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens + self.compressor.window; }
};

struct Compressor : coop::Artifact {
  int window = 2;
  int fill(this auto& self) {
    // CHECK: instantiations_differ.cpp:[[#@LINE+1]]:42: error: this text means 'far_length' in one instantiation and 'near_length' in another [instantiations-differ]
    auto get = [&](auto& cache) { return cache.length(); };
    return get(self.near) + get(self.far);
  }
};

struct Decode : coop::Service {
  KvCache near;
  KvCache far;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.fill(); }
};
// CHECK: note: write it once for each type
