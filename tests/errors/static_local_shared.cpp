// A static variable of a kept method would be shared by instances that each had their own.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Counter : coop::Artifact {
  int step = 1;
  int tick(this auto& self) {
    // CHECK: static_local_shared.cpp:[[#@LINE+1]]:16: error: the static variable 'calls' is one per instance, and 'Counter' has several [static-local-shared]
    static int calls = 0;
    // CHECK: note: make it a data member
    return calls += self.step;
  }
};

struct Decode : coop::Service {
  Counter first;
  Counter second;
  int run(this auto& self) { return self.first.tick() + self.second.tick(); }
};
