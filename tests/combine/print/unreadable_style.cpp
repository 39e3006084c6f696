// A .clang-format that says nothing sensible is a warning, and the usual style is taken.
// RUN: %split && %combine --device=cpu services/t.h -o out.cpp 2>&1 | FileCheck %s --implicit-check-not=unknown
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=%t/out.cpp
// CHECK: combine: warning: cannot read the .clang-format near the service: line 1: unknown key 'ColumnsMax' [unreadable-style]
// CHECK-NEXT: note: the emission is in Google's style, 100 columns wide
// EMITTED: int t_run(T&) {

//--- .clang-format
ColumnsMax: 60
//--- services/t.h
#include <coop/service.h>

struct T : coop::Service {
  int run(this auto& self) {
      return 0;
  }
};
