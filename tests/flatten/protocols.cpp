// What the language itself looks up: the tuple protocol behind structured bindings, begin and end
// behind a range-for, coroutine_traits behind co_return, concepts behind requires.
// RUN: %split && %flat main.cpp -- -std=c++20 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 x 6 42 even small
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int main()

//--- lib.h
#pragma once
#include <concepts>
#include <coroutine>
#include <string>
#include <tuple>
#include <utility>
namespace lib {
struct Point {
  int x;
  std::string name;
};
template <std::size_t I>
auto get(const Point& p) {
  if constexpr (I == 0) return p.x;
  else return p.name;
}
struct Range { int values[3]; };
inline const int* begin(const Range& r) { return r.values; }
inline const int* end(const Range& r) { return r.values + 3; }
struct Answer { int value; };
template <class T>
concept Small = sizeof(T) <= 4;
template <class T>
concept SmallNumber = Small<T> && std::integral<T>;
template <class T>
concept dead = sizeof(T) == 3;
template <class T>
  requires requires(T t) { t % 2; }
const char* parity(T t) { return t % 2 ? "odd" : "even"; }
template <SmallNumber T>
const char* size(T) { return "small"; }
template <class T>
const char* size(T) { return "large"; }
}  // namespace lib
template <>
struct std::tuple_size<lib::Point> : std::integral_constant<std::size_t, 2> {};
template <>
struct std::tuple_element<0, lib::Point> { using type = int; };
template <>
struct std::tuple_element<1, lib::Point> { using type = std::string; };
struct Promise {
  int value = 0;
  lib::Answer* answer;
  lib::Answer get_return_object();
  std::suspend_never initial_suspend() { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_value(int v);
  void unhandled_exception() {}
};
inline int last_value = 0;
inline lib::Answer Promise::get_return_object() { return {0}; }
inline void Promise::return_value(int v) { last_value = v; }
template <class... Args>
struct std::coroutine_traits<lib::Answer, Args...> { using promise_type = Promise; };
//--- main.cpp
#include <cstdio>
#include "lib.h"
static lib::Answer answer() { co_return 42; }
int main() {
  const lib::Point point{1, "x"};
  const auto& [x, name] = point;
  int sum = 0;
  for (int v : lib::Range{{1, 2, 3}}) sum += v;
  answer();
  std::printf("%d %s %d %d %s %s\n", x, name.c_str(), sum, last_value, lib::parity(4),
              lib::size(1));
}
