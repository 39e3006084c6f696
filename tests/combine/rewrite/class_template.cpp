// An artifact that is a template: it stays one; its functions have the arguments in place of the
// parameters.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 5 6.25 1 1.25 7 11
// CHECK-LABEL: template <class Value, int Width = 2>
// CHECK-NEXT: struct Comp {
// CHECK-NEXT:   Value window = Width;
// CHECK-NEXT:   static Value twice(Value x) { return 2 * x; }
// CHECK-NEXT:   Value own() {
// CHECK-NEXT:     if constexpr (std::is_same_v<Value, int>)
// CHECK-NEXT:       return window % 2 + 1;
// CHECK-NEXT:     else
// CHECK-NEXT:       return window / 4;
// CHECK-NEXT:   }
// CHECK-NEXT: };
// CHECK-LABEL: int small_far(T& self, int x) {
// CHECK-NEXT:   int most = x / int{2};
// CHECK-NEXT:   return most + self.kv.tokens;
// CHECK-NEXT: }
// CHECK-LABEL: double large_far(T& self, double x) {
// CHECK-NEXT:   double most = x / double{5};
// CHECK-NEXT:   return most + self.large.window + 0.25;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <type_traits>

struct Kv : coop::Artifact {
  int tokens = 3;
};
template <class Value, int Width = 2>
struct Comp : coop::Artifact {
  Value window = Width;
  static Value twice(Value x) { return 2 * x; }
  Value far(this auto& self, Value x) {
    Value most = x / Value{Width};
    if constexpr (std::is_same_v<Value, int>)
      return most + self.kv.tokens;
    else
      return most + self.window + 0.25;
  }
  Value own(this auto& self) {
    if constexpr (std::is_same_v<Value, int>) return self.window % 2 + 1;
    else return self.window / 4;
  }
  Value both(this auto& self) { return twice(Width) + self.kv.tokens - (Width > 4 ? 2 : 0); }
};
struct T : coop::Service {
  Kv kv;
  Comp<int> small;
  Comp<double, 5> large;
  int run(this auto& self) {
    std::printf("%d %g ", self.small.far(5), self.large.far(5));
    std::printf("%d %g ", self.small.own(), self.large.own());
    std::printf("%d %g\n", self.small.both(), self.large.both());
    return 0;
  }
};
