// Two members of one name: how should artifacts tell them apart?
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Decode : coop::Service {
  KvCache kv_cache;
  // CHECK: registered_twice.cpp:[[#@LINE+1]]:11: error: 'kv_cache' is registered twice [registered-twice]
  KvCache kv_cache;
  // CHECK: registered_twice.cpp:[[#@LINE-3]]:11: note: the first one is here
  int run(this auto& self) { return self.kv_cache.tokens; }
};
