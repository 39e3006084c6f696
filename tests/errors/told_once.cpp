// What combine copies is wrong twice in what Clang reads, and a macro as often as it is used. Each
// is told once, at the author's token.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

// CHECK: told_once.cpp:[[#@LINE+1]]:24: error: use of undeclared identifier 'undeclared' [cpp]
#define PLUS(x) ((x) + undeclared)

struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return PLUS(self.tokens) + PLUS(2); }
  // CHECK: told_once.cpp:[[#@LINE-1]]:37: note: the macro is used here
};

struct Decode : coop::Service {
  // CHECK: told_once.cpp:[[#@LINE+1]]:21: error: field designator 'tokns' does not refer to any field in type 'KvCache' [cpp]
  KvCache kv_cache{.tokns = 4};
  // CHECK: note: did you mean 'tokens'?
  // CHECK: told_once.cpp:[[#@LINE+1]]:40: error: use of undeclared identifier 'nothing' [cpp]
  int run(this auto& self, int count = nothing) { return self.kv_cache.get() + count; }
};
