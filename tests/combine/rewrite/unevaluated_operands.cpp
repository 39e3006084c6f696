// Calls and members in sizeof, decltype and noexcept count as reached.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 114 11

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <type_traits>

struct Kv : coop::Artifact {
  int tokens = 3;
  double scale = 2.5;
  auto far(this auto& self) -> decltype(self.tokens) { return self.tokens + self.comp.window; }
  int length(this auto& self) noexcept { return self.tokens; }
};
struct Comp : coop::Artifact {
  static constexpr int kWidth = 5;
  int window = 1;
  int sum(this auto& self) {
    using Self = std::remove_cvref_t<decltype(self)>;
    decltype(self.kv.scale) half = 0.5;
    std::remove_reference_t<decltype(self.window)> one = 1;
    return Self::kWidth + static_cast<int>(half * 4) + one + self.kv.far() + self.kv.length() +
           (noexcept(self.kv.length()) ? 97 : 0) + static_cast<int>(sizeof(self.kv.far())) - 2;
  }
  decltype(auto) tokens(this auto& self) { return (self.kv.tokens); }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d ", self.comp.sum());
    self.comp.tokens() = 11;
    std::printf("%d\n", self.kv.tokens);
    return 0;
  }
};
