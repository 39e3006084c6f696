// Files with CRLF, with a byte order mark, without a final newline, and backslashes at line ends.
// RUN: %split && sed -i 's/$/\r/' crlf.h crlf.cpp && printf '\357\273\277inline int three() { return 3; }\n' > bom.h
// RUN: printf 'inline int four() { return 4; } // the end' > endless.h
// RUN: printf '#ifndef GUARD_H\n#define GUARD_H\ninline int five() { return 5; }\n#endif' > guarded.h
// RUN: %flat main.cpp crlf.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int one()

//--- crlf.h
#pragma once

// A comment.
#define ADD(a, b) \
  ((a) + \
   (b))
#define DEAD(a) \
  dead(a)
inline int one() { return 1; }

inline int dead() {
  return 0;
}
#if defined(NEVER) || \
    defined(NEITHER)
inline int dead() { return 1; }
#endif
int two();
//--- crlf.cpp
#include "crlf.h"
int two() {
  return ADD(1,
             1);
}
//--- main.cpp
#include <cstdio>
#include "crlf.h"
#include "bom.h"
#include "endless.h"
#include "guarded.h"
#include "guarded.h"
static int six() { return ADD(3, 3); }
int main() { std::printf("%d %d %d %d %d %d\n", one(), two(), three(), four(), five(), six()); }
