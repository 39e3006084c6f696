// What only a compiler can decide stays, with what its other branch names; what the flags and the
// sources decide is gone. Clang reads this, and g++ compiles the result.
// RUN: %split && %flat main.cpp -- -std=c++17 -DLEVEL=2 | FileCheck %s --check-prefix=SAYS
// SAYS: 2 other 7
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp '--implicit-check-not={{_MSC_VER|LEVEL|never}}'
// FLAT: #if defined(__clang__)
// FLAT: #else
// FLAT: helper_of_gcc
// FLAT: #ifdef __clang__
// FLAT: template <class T>
// FLAT: #else
// FLAT: template <typename U, typename T = U>
// FLAT: #endif
// FLAT: __has_builtin

//--- main.cpp
#include <cstdio>
#if LEVEL > 1
static int level() { return 2; }
#else
static int level() { return never(); }
#endif
#ifdef _MSC_VER
static int never() { return 0; }
#endif
#if defined(__clang__)
static const char* compiler() { return "other"; }
#else
static const char* helper_of_gcc() { return "other"; }
static const char* compiler() { return helper_of_gcc(); }
#endif
#ifdef __clang__
template <class T>
#else
template <typename U, typename T = U>
#endif
T id(T x) {
  return x;
}
#ifndef __has_builtin
#define __has_builtin(x) 0
#endif
int main() {
#if __has_builtin(__builtin_expect)
  if (__builtin_expect(level() == 2, 1))
#endif
    std::printf("%d %s %d\n", level(), compiler(), id<int>(7));
}
