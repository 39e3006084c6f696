// A source that reads a header with its namespace renamed by a macro has a library of its own: the
// header is written again for it.
// RUN: %split && %flat main.cpp renamed.cpp again.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 1 2
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT-COUNT-2: inline int next()
// FLAT-NOT: inline int next()

//--- lib.h
#ifndef LIB_H
#define LIB_H
namespace lib {
inline int count = 0;
inline int next() { return ++count; }
}  // namespace lib
#endif
//--- main.cpp
#include <cstdio>
#include "lib.h"
int renamed();
int again();
int main() {
  const int mine = lib::next();
  const int theirs = renamed();
  std::printf("%d %d %d\n", mine, theirs, again());
}
//--- renamed.cpp
#define lib other_lib
#include "lib.h"
int renamed() { return lib::next(); }
//--- again.cpp
#define lib other_lib
#include "lib.h"
int again() { return lib::next(); }
