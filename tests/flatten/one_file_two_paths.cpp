// A file that is reached by a link and by ../ is one file; two files of one name are two.
// RUN: %split && mkdir -p links && ln -s ../include/lib.h links/lib.h
// RUN: %flat src/main.cpp -- -std=c++17 -Iinclude -Ilinks | FileCheck %s --check-prefix=SAYS
// SAYS: 5 3 4
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT-COUNT-1: int lib()
// FLAT-NOT: int lib()
// RUN: grep -c 'struct Lib' flat.cpp | FileCheck %s --check-prefix=ONCE
// ONCE: {{^1$}}

//--- include/lib.h
#pragma once
struct Lib { int x; };
inline int lib() { return 5; }
//--- include/x/name.h
#pragma once
inline int three() { return 3; }
//--- include/y/name.h
#pragma once
inline int four() { return 4; }
//--- src/main.cpp
#include "../include/lib.h"
#include "lib.h"
#include "../links/lib.h"
#include "../src/../include/./lib.h"
#include "x/name.h"
#include "y/name.h"
#include <cstdio>
int main() {
  Lib l{lib()};
  std::printf("%d %d %d\n", l.x, three(), four());
}
