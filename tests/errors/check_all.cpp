// A method that nobody calls is not read, unless it is asked for; then its mistakes are told, and
// without one the emission is the same.
// RUN: %combine --device=cpu %s -o %t.cpp
// RUN: %refused --check-all %s 2>&1 | %check
// RUN: sed -e 's/int\* first = self.tokens/int* first = \&self.tokens/' -e 's/nobody/kv_cache/' -e 's/self.missing/1/' %s > %t.mended.h
// RUN: %combine --device=cpu --check-all %t.mended.h -o - > %t.all && %combine --device=cpu %t.mended.h -o - | cmp - %t.all
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return self.tokens; }
  int never(this auto& self, int layer) {
    // CHECK: check_all.cpp:[[#@LINE+1]]:10: error: cannot initialize a variable of type 'int *' with an lvalue of type 'int' [cpp]
    int* first = self.tokens;
    // CHECK: check_all.cpp:[[#@LINE+1]]:26: error: nothing named 'nobody' is registered in Decode [unregistered-peer]
    return *first + self.nobody.tokens + layer;
  }
  // Overloads, a const self, a result to deduce, and a method that only this one calls.
  auto never(this const auto& self) { return self.only(2); }
  auto never(this auto&& self, double by) { return self.tokens * by; }
  int only(this auto& self, int by) { return self.tokens * by; }

 private:
  int hidden(this auto& self) { return self.tokens; }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  KvCache other;
  int run(this auto& self) { return self.kv_cache.get(); }
  // CHECK: check_all.cpp:[[#@LINE+1]]:44: error: nothing named 'missing' is registered in Decode [unregistered-peer]
  int never(this auto& self) { return self.missing + self.other.tokens; }
};
