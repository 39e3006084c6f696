// With several listeners an argument would be evaluated for each of them.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct First : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int layer) { self.seen += layer; }
};
struct Second : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int layer) { self.seen += layer; }
};

struct KvCache : coop::Artifact {
  int layer = 0;
  void append(this auto& self) {
    // CHECK: hook_argument_has_effects.cpp:[[#@LINE+1]]:29: error: hook 'after_append' has 2 listeners, and this argument would be evaluated for each [hook-argument-has-effects]
    self.hooks.after_append(++self.layer);
  }
};

struct Decode : coop::Service {
  First first;
  Second second;
  KvCache kv_cache;
  int run(this auto& self) {
    self.kv_cache.append();
    return self.first.seen + self.second.seen;
  }
};
