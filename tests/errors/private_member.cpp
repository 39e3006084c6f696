// A peer's private member: where it is declared, and the way out.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
 private:
  int tokens = 1;
};

struct Compressor : coop::Artifact {
  int get(this auto& self) {
    // CHECK: private_member.cpp:[[#@LINE+1]]:26: error: 'tokens' is a private member of 'KvCache' [private-member]
    return self.kv_cache.tokens;
    // CHECK: private_member.cpp:[[#@LINE-7]]:7: note: declared private here
    // CHECK: note: make it public, or give its class a public method that answers
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.get(); }
};
