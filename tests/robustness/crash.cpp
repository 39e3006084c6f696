// A crash, here one that Clang offers for tests, is an error with a name; the old output stays.
// RUN: %split && echo old > out.cpp
// RUN: not %combine --device=cpu parser.h -o out.cpp 2>&1 | FileCheck %s --check-prefix=PARSER --implicit-check-not=error:
// RUN: not %combine --device=cpu lexer.h -o out.cpp 2>&1 | FileCheck %s --check-prefix=LEXER --implicit-check-not=error:
// RUN: not %combine --device=cpu fatal.h -o out.cpp 2>&1 | FileCheck %s --check-prefix=FATAL
// RUN: grep -x old out.cpp && ls | count 4
// PARSER: combine: internal error: Clang crashed on this input in the stage instantiate: {{.*}} [crashed]
// PARSER-NEXT: note: nothing was written. This is a bug, and not one of yours
// LEXER: combine: internal error: combine crashed on this input in the stage read_sources: {{.*}} [crashed]
// FATAL: combine: internal error: combine crashed on this input in the stage read_sources: {{.*}} [crashed]

//--- parser.h
#include <coop/service.h>
struct S : coop::Service {
  int run(this auto& self) { return 0; }
};
#pragma clang __debug parser_crash
//--- lexer.h
#include <coop/service.h>
#pragma clang __debug crash
struct S : coop::Service {
  int run(this auto& self) { return 0; }
};
//--- fatal.h
#include <coop/service.h>
#pragma clang __debug llvm_fatal_error
struct S : coop::Service {
  int run(this auto& self) { return 0; }
};
