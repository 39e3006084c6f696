// Two listeners are called one after the other, in order of registration, wherever a statement may
// stand.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 1122222 121222
// CHECK-LABEL: void kv_append(T& self, int layer) {
// CHECK-NEXT:   int step[] = {1, 2};  // used by the hook alone
// CHECK-NEXT:   {
// CHECK-NEXT:     self.first.after_append(step[0] + (layer > 7 ? 1 : 0), self.kv.tokens);
// CHECK-NEXT:     second_after_append(self, step[0] + (layer > 7 ? 1 : 0), self.kv.tokens);
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK-LABEL: void kv_nested(T& self, int layer) {
// CHECK-NEXT:   if (layer > 1) {
// CHECK-NEXT:     self.first.after_append(layer, 0);
// CHECK-NEXT:     second_after_append(self, layer, 0);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     self.first.after_append(layer, 1);
// CHECK-NEXT:     second_after_append(self, layer, 1);
// CHECK-NEXT:   }
// CHECK-NEXT:   for (int i = 0; i < 2; ++i) {
// CHECK-NEXT:     self.first.after_append(2, i);
// CHECK-NEXT:     second_after_append(self, 2, i);
// CHECK-NEXT:   }
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  void append(this auto& self, int layer) {
    int step[] = {1, 2};  // used by the hook alone
    self.hooks.after_append(step[0] + (layer > 7 ? 1 : 0), self.tokens);
  }
  void nested(this auto& self, int layer) {
    if (layer > 1)
      self.hooks.after_append(layer, 0);
    else
      self.hooks.after_append(layer, 1);
    for (int i = 0; i < 2; ++i) self.hooks.after_append(2, i);
  }
};
struct First : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int step, int) { self.seen = 10 * self.seen + step; }
};
struct Second : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, int step, int more) {
    self.seen = self.first.seen + step + 0 * more;
  }
};
struct T : coop::Service {
  Kv kv;
  First first;
  Second second;
  int run(this auto& self) {
    self.kv.append(1);
    self.kv.nested(1);
    self.kv.nested(2);
    std::printf("%d ", self.first.seen);
    self.first.seen = 121220;
    std::printf("%d\n", self.second.seen - self.second.seen + self.first.seen + 2);
    return 0;
  }
};
