// X-macros and files without a guard are written wherever they are included.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: red green 2
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT: enum Colour {
// FLAT: X(red)
// FLAT: static const char* const kNames[] = {
// FLAT: X(red)

//--- colours.inc
X(red)
X(green)
//--- main.cpp
#include <cstdio>
enum Colour {
#define X(name) name,
#include "colours.inc"
#undef X
  kCount
};
static const char* const kNames[] = {
#define X(name) #name,
#include "colours.inc"
#undef X
};
int main() { std::printf("%s %s %d\n", kNames[red], kNames[green], kCount); }
