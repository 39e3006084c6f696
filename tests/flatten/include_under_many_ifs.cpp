// Headers that include one another, reached by different compilers on different ways, and a header
// that two sources include, one of them in a branch.
// RUN: %split && %flat main.cpp other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// RUN: %flat other.cpp main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4

//--- one.h
#ifndef ONE_H
#define ONE_H 1
#include "two.h"
inline int one() { return ONE_H; }
#endif
//--- two.h
#pragma once
#include "one.h"
inline int two() { return 2; }
//--- three.h
#pragma once
#include "two.h"
#include "one.h"
inline int three() { return one() + two(); }
//--- other.cpp
#ifdef __clang__
#include "one.h"
#endif
#ifdef __GNUC__
#include "two.h"
#endif
int other() { return two() + 2; }
//--- main.cpp
#include <cstdio>
#ifndef __clang__
#include "three.h"
static int before() { return three(); }
#endif
#include "three.h"
#ifdef __clang__
static int before() { return three(); }
#endif
int other();
int main() { std::printf("%d %d %d %d\n", one(), two(), before(), other()); }
