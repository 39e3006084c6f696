// What -D, -U, -include and -imacros said, the flat file says itself.
// RUN: %split && %flat main.cpp other.cpp -- -std=c++17 -DFLAG -DEMPTY= -D VALUE=3 '-DTEXT="a b"' '-DTWICE(x)=((x)*2)' -DUNUSED=7 -UGONE -include forced.h -imacros macros.h | FileCheck %s --check-prefix=SAYS
// SAYS: 1 3 a b 8 forced 6 3
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=UNUSED
// FLAT-DAG: #define VALUE 3
// FLAT-DAG: #define TEXT "a b"
// FLAT-DAG: #define TWICE(x) ((x)*2)

//--- forced.h
#pragma once
inline const char* forced() { return "forced"; }
inline int dead() { return 0; }
//--- macros.h
#define SIX 6
//--- main.cpp
#include <cstdio>
#ifndef FLAG
#error FLAG
#endif
#ifdef GONE
#error GONE
#endif
int other();
int main() {
  EMPTY std::printf("%d %d %s %d %s %d %d\n", FLAG, VALUE, TEXT, TWICE(4), forced(), SIX, other());
}
//--- other.cpp
int other() { return VALUE; }
