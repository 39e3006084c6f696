// One listener: the hook is its call.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 1 3
// CHECK-LABEL: void kv_append(T& self, int layer) {
// CHECK-NEXT:   listener_after_append(self, ++self.kv.calls, layer);
// CHECK-NEXT:   if (layer > 1) listener_after_append(self, self.kv.calls, layer);
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int calls = 0;
  void append(this auto& self, int layer) {
    self.hooks.after_append(++self.calls, layer);
    if (layer > 1) self.hooks.after_append(self.calls, layer);
  }
};
struct Listener : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int call, int layer) {
    self.seen += call * self.kv.tokens * layer;
  }
};
struct T : coop::Service {
  Kv kv;
  Listener listener;
  int run(this auto& self) {
    self.kv.append(1);
    std::printf("%d %d\n", self.kv.calls, self.listener.seen);
    return 0;
  }
};
