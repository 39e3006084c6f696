// Reopened, nested, inline and anonymous namespaces; one name in two files; what is found through
// its argument; a member that has the name of a global.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 14 30 2415 61 53

//--- artifacts/a.h
#pragma once
#include <coop/artifact.h>
static int scale(int v) { return v * 10; }
namespace {
constexpr int kSize = 3;
struct Impl {
  int v = 1;
};
}  // namespace
struct A : coop::Artifact {
  int f(this auto& self) { return scale(2) + kSize + Impl{}.v + self.b.n; }
};
//--- artifacts/b.h
#pragma once
#include <coop/artifact.h>
static double scale(double v) { return v * 2; }
struct B : coop::Artifact {
  int n = 1;
  int g(this auto& self) { return scale(2.5) + self.a.f(); }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <utility>

#include "artifacts/a.h"
#include "artifacts/b.h"
namespace detail {
inline int a() { return 1; }
}  // namespace detail
namespace detail {
inline int b() { return a() + 1; }
namespace {
int c() { return 3; }
}  // namespace
}  // namespace detail
namespace x::y {
inline int d() { return detail::b() + detail::c(); }
}  // namespace x::y
inline namespace v1 {
struct Key {
  int k;
};
}  // namespace v1
namespace {
struct Hidden {
  int h = 2;
};
int use(Hidden h) { return h.h; }
}  // namespace
namespace geo {
struct P {
  int x;
  friend int norm(const P& p) { return p.x * 2; }
  friend bool operator==(const P&, const P&) = default;
};
inline int area(const P& p) { return p.x * 3; }
inline P operator+(P a, P b) { return {a.x + b.x}; }
inline int operator""_km(unsigned long long v) { return int(v) * 1000; }
inline void swap(P& a, P& b) {
  int t = a.x;
  a.x = b.x;
  b.x = t + 100;
}
}  // namespace geo
using geo::operator""_km;
int plain = 50;
inline int comp_f() { return 9; }
struct Kv : coop::Artifact {
  int n = 3;
  int f(this auto& self) { return self.n + x::y::d() + Key{4}.k + use({}); }
  int g(this auto& self) {
    geo::P p{self.n}, q{1};
    using std::swap;
    swap(p, q);
    return norm(p) + area(q) + (p + q).x + 2_km + (p == q);
  }
};
struct Comp : coop::Artifact {
  int kv = 1;
  int f(this auto& self, int self_) { return self.kv + ::plain + comp_f() + self_ + 0 * self.k.n; }
};
struct T : coop::Service {
  Kv k;
  Comp comp;
  A a;
  B b;
  int plain = 3;
  int g(this auto& self) { return plain_of() + self.k.n; }
  static int plain_of() { return ::plain; }
  int run(this auto& self) {
    std::printf("%d %d %d %d %d\n", self.k.f(), self.b.g(), self.k.g(), self.comp.f(1), self.g());
    return 0;
  }
};
