// Names in templates that nothing instantiates, in discarded branches, in macros' arguments and
// bodies, in default arguments, noexcept, decltype and requires.
// RUN: %split && %flat main.cpp -- -std=c++20 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT: struct OnlyInDiscarded
// FLAT: int only_in_template()

//--- main.cpp
#include <cstdio>
#include <utility>
namespace detail {
struct OnlyInDiscarded { static int value() { return 9; } };
inline int only_in_template() { return 1; }
constexpr int in_default() { return 1; }
constexpr bool in_noexcept(int) { return true; }
inline int in_decltype(int x) { return x; }
template <class T>
constexpr bool in_requires = true;
inline int in_macro() { return 6; }
}
#define USE(f) f()
#define MACRO_BODY (USE(detail::in_macro))
template <class T>
struct Holder {
  int never(T t) { return detail::only_in_template() + t.whatever(); }
  int one() { return 1; }
};
template <class T>
int two() {
  if constexpr (sizeof(T) > 100) return detail::OnlyInDiscarded::value();
  return 2;
}
int three(int x = 2 + detail::in_default()) noexcept(detail::in_noexcept(1)) { return x; }
template <class T>
auto four(T t) -> decltype(detail::in_decltype(t)) { return detail::in_decltype(t); }
template <class T>
  requires detail::in_requires<T>
int five(T t) { return t; }
int main() {
  std::printf("%d %d %d %d %d %d\n", Holder<int>().one(), two<int>(), three(), four(4), five(5),
              MACRO_BODY);
}
