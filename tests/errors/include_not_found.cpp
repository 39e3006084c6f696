// A header that is nowhere: one error at the #include, with the folders that were searched.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>
// CHECK: include_not_found.cpp:[[#@LINE+2]]:10: error: cannot find 'artifacts/nowhere.h' [include-not-found]
// CHECK: note: looked
#include "artifacts/nowhere.h"

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.tokens; }
};
