// Everything that a local header can declare comes along when it is reached, and nothing else.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 98 key5

//--- artifacts/declared.h
#pragma once
#include <compare>
#include <functional>
#include <iostream>
#include <string>
#include <unordered_map>

typedef struct {
  int a;
} Pair, *PairPointer;
typedef int (*Callback)(int);
using Grid = int[2][2];
inline int increment(int x) { return x + 1; }
struct Out {
  int v;
  int get() const;
  static int made;
};
inline int Out::get() const { return v + made; }
inline int Out::made = 5;
template <class X>
struct Trait {
  static constexpr int value = 1;
};
template <>
struct Trait<int> {
  static constexpr int value = 2;
};
template <class X>
inline constexpr int trait_v = Trait<X>::value;
template <class X>
X make() {
  return X(3);
}
template <>
inline long make<long>() {
  return 50;
}
static_assert(trait_v<int> == 2, "of int");
struct Forward;
inline int use(Forward* f);
struct Forward {
  int z = 1;
};
inline int use(Forward* f) { return f->z; }
extern "C" {
inline int c_linkage(int x) { return x; }
}
union Bits {
  int i;
  float f;
};
namespace fast {
namespace detail {
inline int norm(int x) { return x * 10; }
}  // namespace detail
enum class Kind { kA, kB };
template <class X>
struct Box {
  X x;
  Box(X value, int) : x(value) {}
};
template <class X>
Box(X, int) -> Box<X>;
[[maybe_unused]] inline int hidden() { return 1; }
}  // namespace fast
namespace quick = fast::detail;
constexpr int operator""_km(unsigned long long x) { return static_cast<int>(x) * 2; }
struct Key {
  int a;
  bool operator==(const Key&) const = default;
  auto operator<=>(const Key&) const = default;
};
template <>
struct std::hash<Key> {
  size_t operator()(const Key& key) const { return static_cast<size_t>(key.a); }
};
inline std::ostream& operator<<(std::ostream& out, const Key& key) { return out << "key" << key.a; }
template <class X>
concept Sized = requires(X x) { x.size(); };
template <Sized X>
int size_of(const X& x) {
  return static_cast<int>(x.size());
}
template <class X>
int size_of(const X&) {
  return -1;
}
//--- services/t.h
#include <coop/service.h>

#include "artifacts/declared.h"

struct Kv : coop::Artifact {
  Grid grid = {{1, 2}, {3, 4}};
  std::unordered_map<Key, int> rows;
  int get(this auto& self) {
    Pair pair{1};
    PairPointer pointer = &pair;
    Callback callback = increment;
    Forward forward;
    Bits bits{7};
    self.rows[Key{5}] = 2;
    int t =
        pointer->a + callback(2) + self.grid[1][1] + Out{6}.get() + trait_v<int> + trait_v<char>;
    t += make<int>() + static_cast<int>(make<long>()) + use(&forward) + c_linkage(1) + bits.i;
    t += quick::norm(1) - static_cast<int>(fast::Kind::kB) + fast::Box(4, 1).x + 1_km +
         fast::hidden();
    return t + size_of(std::string("ab")) + size_of(1) + self.rows.at(Key{5}) - 5;
  }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::cout << self.kv.get() << " " << Key{5} << std::endl;
    return 0;
  }
};
