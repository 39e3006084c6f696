// A method's address would outlive the rewrite that makes a function of it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Cache : coop::Artifact {
  int tokens = 3;
  int length() const { return tokens; }
};

struct Compare : coop::Artifact {
  int twice(this auto& self) {
    // CHECK: method_address.cpp:[[#@LINE+1]]:33: error: this takes the address of 'length', a method of an artifact [method-address]
    const auto length = &Cache::length;
    return 2 * (self.cache.*length)();
  }
};

struct Decode : coop::Service {
  Cache cache;
  Compare compare;
  int run(this auto& self) { return self.compare.twice(); }
};
