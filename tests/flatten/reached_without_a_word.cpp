// Found by argument-dependent lookup, by a specialization, by a deduction guide, by an operator, by
// a literal's suffix: no word of main names them.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: <7> 1 3 friend 8 12 swapped

//--- lib.h
#pragma once
#include <functional>
#include <ostream>
#include <unordered_set>
namespace lib {
struct Key {
  int x;
  bool operator==(const Key& other) const { return x == other.x; }
  friend const char* name_of(const Key&) { return "friend"; }
};
std::ostream& operator<<(std::ostream& out, const Key& key);
inline void swap(Key& a, Key& b) {
  const int x = a.x;
  a.x = b.x;
  b.x = -x;
}
template <class T>
struct Box {
  Box(T a, T b) : sum(a + b) {}
  T sum;
};
template <class T>
Box(T, int) -> Box<int>;
template <class T>
struct Traits {
  static constexpr int kSize = 1;
};
template <>
struct Traits<Key> {
  static constexpr int kSize = 8;
};
constexpr int operator""_dozen(unsigned long long n) { return 12 * static_cast<int>(n); }
template <class T>
int size_of(const T&) {
  return Traits<T>::kSize;
}
}  // namespace lib
template <>
struct std::hash<lib::Key> {
  size_t operator()(const lib::Key& key) const { return key.x; }
};
//--- lib.cpp
#include "lib.h"
namespace lib {
std::ostream& operator<<(std::ostream& out, const Key& key) { return out << '<' << key.x << '>'; }
}  // namespace lib
//--- main.cpp
#include <algorithm>
#include <iostream>
#include <utility>

#include "lib.h"

int main() {
  using namespace lib;
  std::unordered_set<Key> set = {{7}};
  Key a{1}, b{2};
  using std::swap;
  swap(a, b);
  std::cout << *set.begin() << ' ' << set.count({7}) << ' ' << Box(1, 2).sum << ' ' << name_of(a)
            << ' ' << size_of(a) << ' ' << 1_dozen << ' ' << (b.x == -1 ? "swapped" : "copied")
            << '\n';
}
