// A local name that hides a member: `this->` in a member, nothing to do in a function.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 20 36 16 11
// CHECK-LABEL: struct Comp {
// CHECK-NEXT:   int window = 5;
// CHECK-NEXT:   int size = 2;
// CHECK-NEXT:   int length() { return size; }
// CHECK-NEXT:   void set(int window) { this->window = window; }
// CHECK-NEXT:   int lambdas() {
// CHECK-NEXT:     auto add = [window = 10, this] { return window + this->window; };
// CHECK-NEXT:     auto more = [this](auto size) { return size + this->size; };
// CHECK-NEXT:     int length = this->length();
// CHECK-NEXT:     for (auto [window, x] = std::pair{1, 2}; window < 2; ++window) length += this->window + x;
// CHECK-NEXT:     return add() + more(2) + length;
// CHECK-NEXT:   }
// CHECK-NEXT:   int types() {
// CHECK-NEXT:     struct window {
// CHECK-NEXT:       int v = 3;
// CHECK-NEXT:     };
// CHECK-NEXT:     enum { size = 4 };
// CHECK-NEXT:     return window{}.v + this->window + size + this->size - 2 + 0 * window{}.v;
// CHECK-NEXT:   }
// CHECK-NEXT:   int exceptions() {
// CHECK-NEXT:     try {
// CHECK-NEXT:       throw size;
// CHECK-NEXT:     } catch (int window) {
// CHECK-NEXT:       return window + this->window;
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: };
// CHECK-LABEL: int comp_far(T& self, int kv) {
// CHECK-NEXT:   int comp = 2;
// CHECK-NEXT:   int window = 1;
// CHECK-NEXT:   return self.kv.tokens + kv + comp + self.comp.window + window;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <utility>

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct Comp : coop::Artifact {
  int window = 5;
  int size = 2;
  int length(this auto& self) { return self.size; }
  void set(this auto& self, int window) { self.window = window; }
  int far(this auto& self, int kv) {
    int comp = 2;
    int window = 1;
    return self.kv.tokens + kv + comp + self.window + window;
  }
  int lambdas(this auto& self) {
    auto add = [window = 10, &self] { return window + self.window; };
    auto more = [&self](auto size) { return size + self.size; };
    int length = self.length();
    for (auto [window, x] = std::pair{1, 2}; window < 2; ++window) length += self.window + x;
    return add() + more(2) + length;
  }
  int types(this auto& self) {
    struct window {
      int v = 3;
    };
    enum { size = 4 };
    return window{}.v + self.window + size + self.size - 2 + 0 * window{}.v;
  }
  int exceptions(this auto& self) {
    try {
      throw self.size;
    } catch (int window) {
      return window + self.window;
    }
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    self.comp.set(9);
    std::printf("%d %d %d %d\n", self.comp.far(5), self.comp.lambdas(), self.comp.types(),
                self.comp.exceptions());
    return 0;
  }
};
