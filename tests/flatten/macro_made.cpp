// Declarations that macros make, several from one use, and namespaces that macros open and close.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 red 1 5 6 7
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int main()

//--- macros.h
#pragma once
#define BEGIN_LIB namespace lib { namespace detail {
#define END_LIB } }
#define GETTER(name, value) inline int get_##name() { return value; }
#define BOTH(name) int name##_x = 1; int name##_y = 2;
#define COLOURS(X) X(red) X(green)
#define AS_ENUM(c) c,
#define AS_NAME(c) #c,
#define API __attribute__((visibility("default")))
#define CLASS(name) struct name
#define EMPTY
BEGIN_LIB
GETTER(five, 5)
GETTER(dead, 0)
API inline int six() { return 6; }
END_LIB
BOTH(pair)
enum Colour { COLOURS(AS_ENUM) kCount };
static const char* const kNames[] = {COLOURS(AS_NAME)};
CLASS(Seven) { int get() { return 7; } };
CLASS(Unreached) { int dead; };
EMPTY
//--- main.cpp
#include <cstdio>
#include "macros.h"
int main() {
  std::printf("%d %d %s %d %d %d %d\n", pair_x, pair_y, kNames[red], green, lib::detail::get_five(),
              lib::detail::six(), Seven().get());
}
