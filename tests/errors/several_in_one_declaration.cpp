// A pointer is no artifact, so it does not stand in the declaration of one.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Decode : coop::Service {
  // CHECK: several_in_one_declaration.cpp:[[#@LINE+1]]:3: error: one declaration registers several artifacts [several-in-one-declaration]
  KvCache first, *second;
  int run(this auto& self) { return self.first.tokens; }
};
// CHECK: note: declare each on a line of its own: KvCache first; KvCache * second;
