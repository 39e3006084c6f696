// extern "C" around declarations, definitions, local headers and headers of libraries.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: extern "C" {
// FLAT: #include <math.h>
// FLAT: }
// FLAT: extern "C" {
// FLAT: int one(void);
// FLAT: }

//--- plain.h
#ifndef PLAIN_H
#define PLAIN_H
int one(void);
int dead(void);
#endif
//--- both.h
#ifndef BOTH_H
#define BOTH_H
#ifdef __cplusplus
extern "C" {
#endif
int two(void);
int dead_too(void);
struct Pair { int first, second; };
#ifdef __cplusplus
}
#endif
#endif
//--- lib.cpp
extern "C" {
#include "plain.h"
int one(void) { return 1; }
int dead(void) { return 0; }
}
#include "both.h"
int two(void) { return 2; }
int dead_too(void) { return 2; }
extern "C" int three() { return 3; }
//--- main.cpp
extern "C" {
#include <math.h>
}
#include <cstdio>
extern "C" {
#include "plain.h"
}
#include "both.h"
extern "C" int three();
int main() {
  Pair p{one(), two()};
  std::printf("%d %d %d %d\n", p.first, p.second, three(), (int)sqrt(16.0));
}
