// Clang stops at the first unknown name of an expression; each of them is told.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int length(this auto& self) { return self.tokens; }
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int window = 2;
  int compress(this auto& self) {
    // CHECK: two_mistakes_in_one_expression.cpp:[[#@LINE+2]]:17: error: nothing named 'kv_cahce' is registered in Decode [unregistered-peer]
    // CHECK: two_mistakes_in_one_expression.cpp:[[#@LINE+1]]:42: error: nothing named 'windw' is registered in Decode [unregistered-peer]
    return self.kv_cahce.length() + self.windw;
    // CHECK: two_mistakes_in_one_expression.cpp:[[#@LINE-5]]:7: note: did you mean 'window', declared here?
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
