// Namespaces that macros open and close, with arguments and with their brace in the text, around
// declarations of which the first or the last goes.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: INLINE_NAMESPACE(v1) {

//--- space.h
#pragma once
#define INLINE_NAMESPACE(name) inline namespace name
#define OPEN(name) namespace name {
#define CLOSE(name) }
#define SPACE namespace
namespace lib {
INLINE_NAMESPACE(v1) {
class dead;
}
INLINE_NAMESPACE(v1) {
class dead_too;
inline int one() { return 1; }
class dead_again;
}
}  // namespace lib
OPEN(other)
class dead_in_other;
inline int two() { return 2; }
CLOSE(other)
SPACE third {
int dead_three();
inline int three() { return 3; }
CLOSE(third)
namespace fourth {
int dead_four();
CLOSE(fourth)
inline int dead_five() { return 5; }
//--- main.cpp
#include <cstdio>
#include "space.h"
int main() { std::printf("%d %d %d\n", lib::one(), other::two(), third::three()); }
