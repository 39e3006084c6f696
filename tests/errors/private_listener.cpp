// Whoever calls a hook is outside of those that listen: the listener that hides is named, once for
// all its instances.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Log : coop::Artifact {
  int seen = 0;

 private:
  // CHECK: private_listener.cpp:[[#@LINE+1]]:8: error: 'after_append' listens to a hook, and is private in Log [private-listener]
  void after_append(this auto& self, int layer) { self.seen += layer; }
  // CHECK: note: make it public
};

struct KvCache : coop::Artifact {
  void append(this auto& self) { self.hooks.after_append(1); }
};

struct Decode : coop::Service {
  Log first;
  Log second;
  KvCache kv_cache;
  int run(this auto& self) {
    self.kv_cache.append();
    return self.first.seen;
  }
};
