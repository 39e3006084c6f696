// What an author's own macro says beside a contract would go with it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#define POSITIVE(x) COOP_EXPECTS((x) > 0)

struct Kv : coop::Artifact {
  int tokens = 3;
  int append(this auto& self, int layer) {
    // CHECK: contract_in_macro.cpp:[[#@LINE+1]]:5: error: 'COOP_EXPECTS' comes from the macro POSITIVE, where it cannot be rewritten [self-in-macro]
    POSITIVE(layer);
    // CHECK: note: write it out, or make it a method
    return self.tokens + layer;
  }
};

struct Decode : coop::Service {
  Kv kv;
  int run(this auto& self) { return self.kv.append(2); }
};
