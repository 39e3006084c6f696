// A service without `run`.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

// CHECK: no_entry.cpp:[[#@LINE+1]]:8: error: service Decode has no entry [no-entry]
struct Decode : coop::Service {
  KvCache kv_cache;
};
// CHECK: note: write `int run(this auto& self) { ... }` in it
