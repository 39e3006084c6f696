// `self` in a comment or a string is text.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: self.kv.tokens "self.window" (self.window
// SAYS-NEXT:  self.kv) "
// SAYS-NEXT: 5
// CHECK-LABEL: int comp_sum(T& self) {  // self.kv trailing
// CHECK-NEXT:   /* self.kv.tokens
// CHECK-NEXT:      self.window */
// CHECK-NEXT:   const char* text = "self.kv.tokens \"self.window\"";
// CHECK-NEXT:   const char* raw = R"((self.window
// CHECK-NEXT:  self.kv))";
// CHECK-NEXT:   const char quote = '"';  // "self
// CHECK-NEXT:   std::printf("%s %s %c\n", text, raw, quote);
// CHECK-NEXT:   return self.kv.tokens + self.comp.window; /* "self.window */
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Comp : coop::Artifact {
  int window = 2;
  /// Says self.window and self.kv.tokens.
  int sum(this auto& self) {  // self.kv trailing
    /* self.kv.tokens
       self.window */
    const char* text = "self.kv.tokens \"self.window\"";
    const char* raw = R"((self.window
 self.kv))";
    const char quote = '"';  // "self
    std::printf("%s %s %c\n", text, raw, quote);
    return self.kv.tokens + self.window; /* "self.window */
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.sum());
    return 0;
  }
};
