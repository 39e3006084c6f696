// What main reaches stays as it was written; the rest is gone, with its comments and its macros.
// RUN: %split && %flat main.cpp util.cpp -- -std=c++17 -Iinclude | FileCheck %s --check-prefix=SAYS
// SAYS: 7 0 5
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --match-full-lines --strict-whitespace --implicit-check-not=unused --implicit-check-not=UNUSED --implicit-check-not=dead
// FLAT:// The license.
// FLAT:#define TWICE(x) ((x) * 2)
// FLAT:/// Used.
// FLAT-NEXT:int used(int x);
// FLAT-EMPTY:
// FLAT-NEXT:struct Box {
// FLAT:template <class T>
// FLAT:static int hidden(int x) { return TWICE(x); }
// FLAT-NEXT:int used(int x) { return hidden(x) + 1; }
// FLAT-NEXT:int Box::get() const { return x; }

//--- include/util.h
// The license.
#ifndef UTIL_H
#define UTIL_H
#include <vector>

#define UNUSED_MACRO 1
#define TWICE(x) ((x) * 2)

namespace util {

/// Used.
int used(int x);

/// The opposite of unused.
int unused(int x);

struct Box {
  int x = 0;
  int get() const;
  int other() const;  // declared, and never called
};

inline bool less(int a, int b) { return a < b; }

template <class T>
T largest(const std::vector<T>& v) {
  T best = v[0];
  for (const T& x : v)
    if (less(best, x)) best = x;
  return best;
}

}  // namespace util
#endif
//--- util.cpp
#include "util.h"
namespace util {
static int hidden(int x) { return TWICE(x); }
static int dead(int x) { return x; }
int used(int x) { return hidden(x) + 1; }
int unused(int x) { return dead(x); }
int Box::get() const { return x; }
int Box::other() const { return -dead(x); }
}  // namespace util
//--- main.cpp
#include <cstdio>

#include "util.h"

int main() {
  util::Box box;
  std::printf("%d %d %d\n", util::used(3), box.get(), util::largest<int>({1, 5, 2}));
}
