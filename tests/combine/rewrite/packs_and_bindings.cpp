// Packs that are empty, structured bindings, defaults with commas, try-functions, attributes.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 21 23 333 41

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <stdexcept>
#include <tuple>
struct Kv : coop::Artifact {
  int n = 3, m = 4;
  template <class... A>
  int sum(this auto& self, A... a) {
    return (a + ... + self.comp.w);
  }
  auto both(this auto& self) { return std::tuple{self.n, self.comp.w}; }
  auto& raw(this auto& self) { return self.m; }
  int get(this auto& self, int k = 2, const char* s = "a,b)") {
    return self.n + k + self.comp.w + s[0];
  }
  [[nodiscard]] int fail(this auto& self) noexcept(false) {
    if (self.n > self.comp.w) throw std::runtime_error("x");
    return 1;
  }
};
struct Comp : coop::Artifact {
  int w = 1;
  template <class... A>
  int all(this auto& self, A&&... a) {
    return self.kv.sum(static_cast<A&&>(a)...) + sizeof...(A);
  }
  int f(this auto& self) {
    return self.all(1, 2, 3) + self.all() + self.kv.template sum<int, int>(4, 5);
  }
  int g(this auto& self) {
    auto [a, b] = self.kv.both();
    auto&& [c, d] = std::tie(self.kv.raw(), self.w);
    c = 9;
    return a + b + c + d + self.kv.m;
  }
  auto h(this auto& self) -> int { return self.kv.get() + self.kv.get(4) + self.kv.get(1, "x"); }
  [[gnu::noinline]] int i(this auto& self) try {
    return self.kv.fail();
  } catch (const std::exception& e) {
    return self.w + 40;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    const int f = self.comp.f(), g = self.comp.g();
    std::printf("%d %d %d %d\n", f, g, self.comp.h(), self.comp.i());
    return 0;
  }
};
