// <assert.h> means another thing each time it is included: no inclusion of it is left out.
// RUN: %split && %flat main.cpp other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 0 1 1
// RUN: grep -c 'include <assert.h>' flat.cpp | FileCheck %s --check-prefix=TIMES
// TIMES: {{^3$}}

//--- main.cpp
#include <cstdio>
static int evaluated;
#define NDEBUG
#include <assert.h>
static int without() { assert(++evaluated); return evaluated; }
#undef NDEBUG
#include <assert.h>
static int with() { assert(++evaluated); return evaluated; }
int other();
int main() {
  const int first = without();
  const int second = with();
  std::printf("%d %d %d\n", first, second, other());
}
//--- other.cpp
#include <assert.h>
static int count;
int other() { assert(++count); return count; }
