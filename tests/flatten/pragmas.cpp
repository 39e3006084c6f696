// Pragmas and _Pragma stay around what they speak of.
// RUN: %split && %flat main.cpp -- -std=c++17 -fopenmp | FileCheck %s --check-prefix=SAYS
// SAYS: 5 8 8 499500 poison
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: #pragma pack(push, 1)
// FLAT: #pragma pack(pop)
// FLAT: _Pragma("pack(push, 4)")
// FLAT: #pragma omp parallel for

//--- packed.h
#pragma once
#pragma pack(push, 1)
struct Packed { char c; int i; };
struct DeadPacked { char dead; };
#pragma pack(pop)
struct Loose { char c; int i; };
//--- main.cpp
#include <cstdio>
#include "packed.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
static int dead() { return 0; }
#pragma GCC diagnostic pop
#define WARN_OFF _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wall\"")
#define WARN_ON _Pragma("GCC diagnostic pop")
WARN_OFF
static const char* poison() { return "poison"; }
WARN_ON
_Pragma("pack(push, 4)")
struct Four { int i; float d; };
_Pragma("pack(pop)")
static long sum() {
  long total = 0;
#pragma omp parallel for reduction(+ : total)
  for (int i = 0; i < 1000; ++i) total += i;
  return total;
}
#pragma omp declare simd
static int lane(int x) { return x; }
int main() {
  std::printf("%d %d %d %ld %s\n", (int)sizeof(Packed), (int)sizeof(Loose), lane((int)sizeof(Four)),
              sum(), poison());
}
