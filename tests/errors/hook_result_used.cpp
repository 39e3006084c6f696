// Several artifacts may listen, so a hook has no result.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Log : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int layer) { self.seen += layer; }
};

struct KvCache : coop::Artifact {
  int append(this auto& self) {
    // CHECK: hook_result_used.cpp:[[#@LINE+1]]:24: error: a hook returns nothing, so its call must be a statement [hook-result-used]
    return (self.hooks.after_append(1), 2);
  }
};

struct Decode : coop::Service {
  Log log;
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.append(); }
};
