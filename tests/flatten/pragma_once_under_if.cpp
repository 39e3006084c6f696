// The same of a header that says #pragma once, which means nothing within a file.
// RUN: %split && %flat clang.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 5 6
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp '--implicit-check-not=#pragma once'
// FLAT: #if defined(__clang__)
// FLAT: #ifndef UTIL_H_ONCE
// FLAT: int five()
// FLAT: #ifndef UTIL_H_ONCE
// FLAT: int five()
// RUN: %flat other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS

//--- util.h
#pragma once
inline int five() { return 5; }
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
