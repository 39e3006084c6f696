// What one file cannot say is refused, at its place, and nothing is written.
// RUN: %split && not %combine flatten -o flat.cpp a.cpp b.cpp -- -std=c++17 2>&1 | FileCheck %s --check-prefix=DIFFERS
// DIFFERS: shape.h:3:1: error: 'a.cpp' and 'b.cpp' do not read this header alike [header-differs]
// DIFFERS: note: give both the same macros (-D behind the --), so that it reads alike; or flatten
// RUN: %combine flatten -o big.txt a.cpp b.cpp -- -std=c++17 -DBIG && grep 'int size' big.txt
// RUN: not %combine flatten -o flat.cpp scale_a.cpp scale_b.cpp -- -std=c++17 2>&1 | FileCheck %s --check-prefix=MACRO
// MACRO: scale.inc:1:38: error: 'scale_a.cpp' and 'scale_b.cpp' do not read this header alike [header-differs]
// MACRO: scale.h:2:37: error: 'scale_a.cpp' and 'scale_b.cpp' do not read this header alike [header-differs]
// MACRO: scale.h:3:38: error: 'scale_a.cpp' and 'scale_b.cpp' do not read this header alike [header-differs]
// MACRO: scale.h:4:1: error: 'scale_a.cpp' and 'scale_b.cpp' do not read this header alike [header-differs]
// MACRO: scale.h:5:1: error: 'scale_a.cpp' and 'scale_b.cpp' do not read this header alike [header-differs]
// MACRO-NOT: dead
// RUN: not %combine flatten -o flat.cpp state_a.cpp state_b.cpp -- -std=c++17 2>&1 | FileCheck %s --check-prefix=STATE
// STATE: counter.h:1:1: error: each source has its own 'counter', and one file would have one [shared-state]
// RUN: not %combine flatten -o flat.cpp plain.c main.cpp 2>&1 | FileCheck %s --check-prefix=MIXED
// MIXED: error: 'plain.c' is C and 'main.cpp' is not [mixed-languages]
// RUN: not %combine flatten -o flat.cpp hijack_a.cpp hijack_b.cpp -- -std=c++17 2>&1 | FileCheck %s --check-prefix=HIJACK
// HIJACK: hijack_b.cpp:2:23: error: in one file, 'scale' would mean another thing here [means-another]
// RUN: not %combine flatten -o flat.cpp wrong.cpp 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: wrong.cpp:1:14: error: use of undeclared identifier 'missing' [cpp]
// RUN: not %combine flatten -o flat.cpp nowhere.cpp 2>&1 | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: no such file: 'nowhere.cpp'
// RUN: test ! -e flat.cpp

//--- shape.h
#pragma once
struct Shape {
#ifdef BIG
  int size[8];
#endif
  int x;
};
//--- a.cpp
#define BIG
#include "shape.h"
int other(const Shape&);
int main() {
  Shape s{};
  return other(s);
}
//--- b.cpp
#include "shape.h"
int other(const Shape& s) { return s.x; }
//--- scale.inc
static int scale(int x) { return x * FACTOR; }
//--- scale.h
#pragma once
static int plus(int x) { return x + NESTED; }
static int minus(int x) { return x - own(x); }
typedef REAL real;
struct Buffer { char data[FACTOR]; };
static int dead(int x) { return x / FACTOR; }
//--- scale_a.cpp
#define FACTOR 2
#define NESTED (FACTOR + 1)
#define REAL float
static int own(int x) { return x; }
#include "scale.inc"
#include "scale.h"
int other(int x);
int main() { return scale(1) + plus(2) + minus(3) + other(4) + sizeof(real) + sizeof(Buffer); }
//--- scale_b.cpp
#define FACTOR 3
#define NESTED (FACTOR + 1)
#define REAL double
static int own(int x) { return x + 1; }
#include "scale.inc"
#include "scale.h"
int other(int x) { return scale(x) + plus(x) + minus(x) + sizeof(real) + sizeof(Buffer); }
//--- counter.h
static int counter = 0;
inline int next() { return ++counter; }
//--- state_a.cpp
#include "counter.h"
int b();
int main() { return ++counter + b(); }
//--- state_b.cpp
#include "counter.h"
int b() { return ++counter; }
//--- plain.c
int plain(void) { return 1; }
//--- main.cpp
int main() {}
//--- hijack_a.cpp
int scale(int x) { return x; }
int b();
int main() { return scale(1) + b(); }
//--- hijack_b.cpp
long scale(long x);
int b() { return (int)scale(3); }
long scale(long x) { return x * 2; }
//--- wrong.cpp
int main() { missing(); }
