// Includes whose name a macro says, __has_include of a local header, #include_next, angle brackets
// around local headers, headers in the middle of a function and of a class.
// RUN: %split && %flat main.cpp -- -std=c++17 -Ifirst -Isecond '-DHEADER="named.h"' | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6 7
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp '--implicit-check-not={{#include *["H]|include_next|absent|#include <(wrapped|angle)}}'
// FLAT: #if 1 && defined(__GNUC__)

//--- named.h
#pragma once
inline int one() { return 1; }
//--- optional.h
#pragma once
inline int two() { return 2; }
//--- first/wrapped.h
#pragma once
#define WRAPPED 1
#include_next <wrapped.h>
inline int four() { return three() + WRAPPED; }
//--- second/wrapped.h
#pragma once
inline int three() { return 3; }
//--- second/angle.h
inline int five() { return 5; }
//--- body.inc
  int x = 6;
  return x;
//--- member.inc
  int seven() { return 7; }
//--- main.cpp
#include <cstdio>
#include HEADER
#define SYSTEM <vector>
#include SYSTEM
#if __has_include("optional.h")
#include "optional.h"
#else
static int two() { return 22; }
#endif
#if __has_include("optional.h") && defined(__GNUC__)
static int with_compiler() { return two(); }
#else
static int with_compiler() { return -1; }
#endif
#if 0
#include "absent.h"
#endif
#include <wrapped.h>
#include <angle.h>
static int six() {
#include "body.inc"
}
struct Members {
#include "member.inc"
};
int main() {
  std::vector<int> v = {five()};
  std::printf("%d %d %d %d %d %d %d\n", one(), with_compiler(), three(), four(), v[0], six(),
              Members().seven());
}
