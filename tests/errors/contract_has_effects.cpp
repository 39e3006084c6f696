// A contract that changes something would change the program by being cropped, or by being kept.
// RUN: %refused %s 2>&1 | %check
// RUN: %refused --contracts %s 2>&1 | %check
#include <coop/service.h>

struct Kv : coop::Artifact {
  int tokens = 3;
  int append(this auto& self, int layer) {
    // CHECK: contract_has_effects.cpp:[[#@LINE+1]]:18: error: this contract changes something, and contracts are cropped [contract-has-effects]
    COOP_EXPECTS(++self.tokens > 0);
    // CHECK: note: change it in a statement of its own, and let the contract look at what came out
    // CHECK: contract_has_effects.cpp:[[#@LINE+1]]:24: error: this contract changes something, and contracts are cropped [contract-has-effects]
    COOP_ENSURES(layer = 3);
    COOP_ENSURES([&] { return layer; }() == 2);
    return self.tokens;
  }
};

struct Decode : coop::Service {
  Kv kv;
  int run(this auto& self) { return self.kv.append(2); }
};
