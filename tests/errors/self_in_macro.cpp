// A macro that speaks of self is written out where it is used, unless a compiler would read it
// in its own way.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <climits>

#define EACH_TOKEN(i) for (int i = 0; i < self.kv_cache.tokens && i < INT_MAX; ++i)

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int sum(this auto& self) {
    int total = 0;
    // CHECK: self_in_macro.cpp:[[#@LINE+1]]:5: error: 'self' comes from the macro EACH_TOKEN, where it cannot be rewritten [self-in-macro]
    EACH_TOKEN(i) total += i;
    // CHECK: note: write it out, or make it a method
    return total;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.sum(); }
};
