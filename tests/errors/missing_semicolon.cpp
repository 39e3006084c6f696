// Behind a mistake of the text itself nothing else is believed: the first is told, with its mend.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  // CHECK: missing_semicolon.cpp:[[#@LINE+1]]:17: error: expected ';' at end of declaration list [cpp]
  int tokens = 3
  // CHECK: note: write ';' here
  int get(this auto& self) { return self.tokans; }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
