// A header that comes first where only one compiler reads it comes again where every compiler does:
// its guard stays, so that each compiler reads it once.
// RUN: %split && %flat clang.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 5 6
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT: #if defined(__clang__)
// FLAT: #ifndef UTIL_H_ONCE
// FLAT: #define UTIL_H_ONCE
// FLAT: int five()
// FLAT: #ifndef UTIL_H_ONCE
// FLAT: int five()
// RUN: %flat other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// RUN: %flat both.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS

//--- util.h
#ifndef UTIL_H
#define UTIL_H
inline int five() { return 5; }
#endif  // UTIL_H
//--- clang.cpp
#if defined(__clang__)
#include "util.h"
#endif
#include <cstdio>

#include "util.h"
int main() { std::printf("%d %d\n", five(), five() + 1); }
//--- other.cpp
#if !defined(__clang__)
#include "util.h"
#endif
#include <cstdio>

#include "util.h"
int main() { std::printf("%d %d\n", five(), five() + 1); }
//--- both.cpp
#include <cstdio>
#ifdef __clang__
#include "util.h"
#else
#include "util.h"
#endif
int main() { std::printf("%d %d\n", five(), five() + 1); }
