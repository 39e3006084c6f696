// A header that only one compiler reads, in two sources on one way: its text is there once.
// RUN: %split && %flat main.cpp other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// RUN: %flat other.cpp main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT-COUNT-1: struct Keyword
// FLAT-NOT: struct Keyword

//--- keyword.h
#ifndef KEYWORD_H
#define KEYWORD_H
struct Keyword { int value = 1; };
#ifdef WANTS_MORE
struct More { int value = 2; };
#endif
#endif
//--- slot.h
#ifndef SLOT_H
#define SLOT_H
#if defined(_MSC_VER)
#include "absent.h"
#elif defined(__GNUC__)
#include "keyword.h"
#else
#include "late.h"
#endif
#endif
//--- late.h
#ifndef LATE_H
#define LATE_H
#include "slot.h"
inline int late() { return 3; }
#endif
//--- other.cpp
#define WANTS_MORE
#include "slot.h"
#include "late.h"
int other() { return Keyword().value + More().value; }
//--- main.cpp
#include <cstdio>
#include "slot.h"
#include "late.h"
int other();
int main() { std::printf("%d %d %d %d\n", Keyword().value, 2, other(), late() + 1); }
