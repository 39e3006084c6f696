// One text, several types: a generic lambda and a method template keep a branch that some instance
// needs, and lose what all of them decided alike.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 4 4.75 9 9 5 4.5 10
// CHECK-LABEL: double comp_lambda(T& self, bool whole) {
// CHECK-NEXT:   auto half = [&](auto x) {
// CHECK-NEXT:     if constexpr (std::is_same_v<decltype(x), int>)
// CHECK-NEXT:       return x / 2 + self.kv.tokens;
// CHECK-NEXT:     else
// CHECK-NEXT:       return x / 2 + self.kv.tokens + 0.25;
// CHECK-NEXT:   };
// CHECK-NEXT:   return whole ? half(3) : half(3.0);
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <type_traits>

struct Kv : coop::Artifact {
  int tokens = 3;
  int put(this auto& self, int x) { return x + self.tokens; }
  double put(this auto& self, double x) { return 2 * x + self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 1;
  double lambda(this auto& self, bool whole) {
    auto half = [&](auto x) {
      if constexpr (std::is_same_v<decltype(x), int>)
        return x / 2 + self.kv.tokens;
      else
        return x / 2 + self.kv.tokens + 0.25;
    };
    return whole ? half(3) : half(3.0);
  }
  double scaled(this auto& self, bool whole) {
    auto scale = [&](auto x) {
      if constexpr (self.world.size() > 1)
        return x;
      else
        return x * self.kv.tokens;
    };
    return whole ? scale(3) : scale(3.0);
  }
  template <class X>
  X pick(this auto& self, X x) {
    if constexpr (std::is_same_v<X, int>)
      return self.kv.put(x);
    else if constexpr (std::is_same_v<X, double>)
      return self.kv.put(x) + 0.5;
    else
      return self.kv.nothing(x);
  }
  template <int N, class X>
  X add(this auto& self, X x) {
    return x + N + self.kv.tokens;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(int, char**) {
    std::printf("%g %g ", comp.lambda(true), comp.lambda(false));
    std::printf("%g %g ", comp.scaled(true), comp.scaled(false));
    std::printf("%d %g %d\n", comp.pick(2), comp.pick(1.5), comp.template add<3>(4));
    return 0;
  }
};
