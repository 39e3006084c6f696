// A brace that is never closed swallows the service: the brace is told, not "no service".
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

// CHECK: unclosed_brace.cpp:[[#@LINE+1]]:33: error: this brace is never closed [unclosed-brace]
struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { if (self.tokens) { return self.tokens; }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
