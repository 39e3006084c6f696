// A name between two registered ones: both are shown, neither is guessed.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Compare : coop::Artifact {
  int difference(this auto& self) {
    // CHECK: ambiguous_peer.cpp:[[#@LINE+1]]:17: error: nothing named 'cache' is registered in Decode, and several names are as near [ambiguous-peer]
    return self.cache.tokens;
  }
};

struct Decode : coop::Service {
  // CHECK: ambiguous_peer.cpp:[[#@LINE+1]]:11: note: did you mean 'cache1', registered here?
  KvCache cache1;
  // CHECK: ambiguous_peer.cpp:[[#@LINE+1]]:11: note: did you mean 'cache2', registered here?
  KvCache cache2;
  Compare compare;
  int run(this auto& self) { return self.compare.difference(); }
};
