// Variable templates, their specializations, inline variables, constexpr tables, thread_local,
// arrays sized by constants of other files.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 3.14 3 special 16 1 2
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int main()

//--- lib.h
#pragma once
template <class T>
constexpr T pi = T(3.14159);
template <class T>
constexpr const char* kind = "general";
template <>
inline constexpr const char* kind<int> = "special";
template <class T>
constexpr const char* kind<T*> = "pointer";
template <class T>
constexpr T dead = T(0);
constexpr int kSize = 4;
constexpr int squared(int x) { return x * x; }
inline int table[squared(kSize)] = {1};
thread_local inline int per_thread = 2;
static_assert(squared(kSize) == 16, "kept");
static_assert(dead<int> == 0, "gone");
//--- main.cpp
#include <cstdio>
#include "lib.h"
int main() {
  std::printf("%.2f %d %s %d %d %d\n", pi<double>, pi<int>, kind<int>,
              static_cast<int>(sizeof(table) / sizeof(int)), table[0], per_thread);
}
