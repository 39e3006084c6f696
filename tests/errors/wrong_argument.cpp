// An argument of the wrong type: the error is at the call, and counts arguments as they are
// written.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  // CHECK-DAG: wrong_argument.cpp:[[#@LINE+1]]:7: note: not viable: no known conversion from {{.*}}char[6]{{.*}} to 'int' for 1st argument
  int length(this auto& self, int layer) { return layer * self.tokens; }
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK-DAG: wrong_argument.cpp:[[#@LINE+1]]:26: error: no matching member function for call to 'length' [wrong-argument]
    return self.kv_cache.length("first");
  }
};

struct Decode : coop::Service {
  // CHECK-DAG: wrong_argument.cpp:[[#@LINE+1]]:11: note: 'kv_cache' (KvCache) is registered here
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
