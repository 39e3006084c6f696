// A peer's name that is nearly right is one error, with the name that was meant.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int length(this auto& self) { return self.tokens; }
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK: misspelled_peer.cpp:[[#@LINE+3]]:17: error: nothing named 'kv_cahce' is registered in Decode [unregistered-peer]
    // CHECK-NEXT: {{^}}    return self.kv_cahce.length();
    // CHECK-NEXT: {{^}}                ^~~~~~~~{{$}}
    return self.kv_cahce.length();
  }
};

struct Decode : coop::Service {
  // CHECK-NEXT: misspelled_peer.cpp:[[#@LINE+3]]:11: note: did you mean 'kv_cache', registered here?
  // CHECK-NEXT: KvCache kv_cache;
  // CHECK-NEXT: {{^}}          ^~~~~~~~{{$}}
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
