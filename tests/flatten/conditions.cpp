// Conditions over several lines, comments behind #endif and #else, #elif chains, conditions within
// conditions, and an #if around half of a declaration.
// RUN: %split && %flat main.cpp -- -std=c++17 -DWIDE=1 | FileCheck %s --check-prefix=SAYS
// SAYS: wide 3 4 nested 11
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp '--implicit-check-not=narrow'
// FLAT: #if defined(__GNUC__) && \
// FLAT-NEXT: __GNUC__ > 3
// FLAT: #endif  // a comment

//--- shape.h
#if !defined(SHAPE_H) /* a comment */ \
    && 1
#define SHAPE_H
inline int three() { return 3; }
#endif /* SHAPE_H */ // again
//--- main.cpp
#include <cstdio>
#include "shape.h"
#include "shape.h"
#if defined(WIDE) && \
    WIDE >= 1 &&     \
    !(WIDE > 2)
static const char* width() { return "wide"; }
#else  // not wide
static const char* width() { return "narrow"; }
#endif // WIDE
#if defined(__GNUC__) && \
    __GNUC__ > 3
static int four() { return 4; }
#elif defined(_MSC_VER)
static int four() { return 5; }
#else
static int four() { return 6; }
#endif  // a comment
#if WIDE
# if 0
static const char* narrow() { return "no"; }
#   if 1
#   endif
# else
static const char* nested() { return "nested"; }
# endif
#endif
static int
#if __cplusplus >= 201402L
eleven(int x)
#else
other_eleven(int x)
#endif
{
  return x +
#ifdef WIDE
      1
#else
      narrow
#endif
      ;
}
int main() { std::printf("%s %d %d %s %d\n", width(), three(), four(), nested(), eleven(10)); }
