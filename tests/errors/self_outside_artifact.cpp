// `this auto& self` is C++23: combine takes it out of artifacts, and of nothing else.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Point {
  int x = 1;
  // CHECK: self_outside_artifact.cpp:[[#@LINE+1]]:13: error: this takes `self`, and 'Point' is no artifact [self-outside-artifact]
  int twice(this auto& self) { return 2 * self.x; }
  // CHECK: note: derive it from coop::Artifact and register it; or write an ordinary member
};

struct KvCache : coop::Artifact {
  int get(this auto& self) { return self.point.twice(); }

 private:
  Point point;
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
