// What is const decides which overload is meant: a function of the service says what was const, and
// a method that is called for both is two.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 1106 7 2 101 101 12 10 30 223 22 4 103
// CHECK:        int same() { return at() + w; }
// CHECK-NEXT:   int same() const { return at() + w; }
// CHECK-LABEL: int comp_far(T& self) { return std::as_const(self.comp).at() + self.kv.n + comp_pick_const(self); }
// CHECK-LABEL: int comp_which(T& self) { return 8 + self.comp.w + self.kv.n; }
// CHECK-LABEL: int comp_which_const(T& self) { return 7 + self.kv.n; }
// CHECK-LABEL: int comp_kinds(T& self) {
// CHECK-NEXT:   return kind(std::as_const(self.comp).w) * 10 + kind(std::as_const(self.comp).v.begin()) +
// CHECK-NEXT:          std::as_const(self.comp).v[0] + int(self.comp.v.size()) + self.kv.n;
// CHECK-LABEL: int t_h(T& self) { return std::as_const(self).kv.at() + kind(std::as_const(self).plain) * 10; }
// CHECK-LABEL: int layers_f(T& self, Layer& layer) { return layer.at() + self.kv.n; }
// CHECK-LABEL: int layers_f_const(T& self, const Layer& layer) { return layer.at() + self.kv.n; }

//--- services/t.h
#include <coop/service.h>

#include <array>
#include <cstdio>
#include <type_traits>
#include <vector>

struct Kv : coop::Artifact {
  int n = 3;
  int at() { return 1; }
  int at() const { return 2; }
  int peer(this auto& self) { return self.comp.w; }
};
inline int kind(int&) { return 1; }
inline int kind(const int&) { return 2; }
inline int kind(std::vector<int>::iterator) { return 3; }
inline int kind(std::vector<int>::const_iterator) { return 4; }
struct Comp : coop::Artifact {
  int w = 1;
  std::vector<int> v{1, 2};
  int at() { return 1; }
  int at() const { return 100; }
  int pick(this auto& self) { return self.kv.n; }
  int pick(this const auto& self) { return self.kv.n + 1000; }
  int far(this const auto& self) { return self.at() + self.kv.n + self.pick(); }
  int near(this auto& self) { return self.at() + self.pick() + self.kv.n; }
  int same(this auto& self) { return self.at() + self.w; }
  int both() const { return same(); }
  int which(this auto& self) {
    using S = std::remove_reference_t<decltype(self)>;
    if constexpr (std::is_const_v<S>)
      return 7 + self.kv.n;
    else
      return 8 + self.w + self.kv.n;
  }
  int kinds(this const auto& self) {
    return kind(self.w) * 10 + kind(self.v.begin()) + self.v[0] + int(self.v.size()) + self.kv.n;
  }
  int other(this auto& self) { return kind(self.w) * 0 + kind(self.v.begin()) * 0; }
};
struct Layer : coop::Artifact {
  int w = 1;
  int at() { return w; }
  int at() const { return w * 100; }
  int f(this auto& self) { return self.at() + self.kv.n; }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  std::array<Layer, 2> layers;
  int plain = 3;
  int g(this const auto& self) {
    return self.kv.at() + self.kv.peer() + kind(self.plain) * 10 + kind(self.kv.n) * 100;
  }
  int h() const { return kv.at() + kind(plain) * 10; }
  int run(this auto& self) {
    const auto& c = self.comp;
    const auto& l = self.layers[0];
    std::printf("%d %d %d %d %d ", self.comp.far(),
                self.comp.near() + self.comp.other() + 0 * self.kv.at(), self.comp.same(), c.same(),
                self.comp.both());
    std::printf("%d %d %d %d %d ", self.comp.which(), c.which(), self.comp.kinds(), self.g(),
                self.h());
    std::printf("%d %d\n", self.layers[1].f(), l.f());
    return 0;
  }
};
