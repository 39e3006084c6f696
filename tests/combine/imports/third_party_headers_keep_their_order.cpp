// Third-party headers stand in the order in which the authors include them: the second wants what
// the first defines. Each stands once, though one author writes it within `extern "C" { }`.
// RUN: %split && env CPLUS_INCLUDE_PATH=%t/third_party %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 12
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp
// EMITTED:      #include <types.h>
// EMITTED-NEXT: #include <calls.h>
// EMITTED-NOT:  #include <types.h>
// EMITTED-NOT:  #include <calls.h>

//--- third_party/types.h
#ifndef TYPES_H
#define TYPES_H
#define LIBRARY_API inline
typedef int library_int;
#endif
//--- third_party/calls.h
#ifndef CALLS_H
#define CALLS_H
LIBRARY_API library_int twice(library_int x) { return 2 * x; }
#endif
//--- artifacts/one.h
#pragma once
#include <types.h>
#include <calls.h>
#include <coop/artifact.h>

struct One : coop::Artifact {
  library_int get(this auto&) { return twice(3); }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/one.h"

extern "C" {
#include <calls.h>
#include <types.h>
}

struct T : coop::Service {
  One one;
  int run(this auto& self) {
    std::printf("%d\n", twice(self.one.get()));
    return 0;
  }
};
