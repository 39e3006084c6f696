// A macro of the author that a third-party header reads stands in front of that header, and there
// alone; macros that no header reads stay where their uses are.
// RUN: %split && env CPLUS_INCLUDE_PATH=%t/third_party %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 75 71
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp
// EMITTED:      #define LIBRARY_DEPTH (LIBRARY_BASE + 5)  // levels
// EMITTED-NEXT: #define LIBRARY_BASE 70
// EMITTED-EMPTY:
// EMITTED-NEXT: #include <library.hpp>
// EMITTED-NOT:  {{UNREAD|#define LIBRARY}}
// EMITTED:      // ---- artifacts/deep.h
// EMITTED-NOT:  #define LIBRARY
// EMITTED:      #define OWN 1

//--- third_party/library.hpp
#pragma once
#ifndef LIBRARY_DEPTH
#define LIBRARY_DEPTH 3
#endif
inline int library_depth() { return LIBRARY_DEPTH; }
//--- artifacts/deep.h
#pragma once
#define LIBRARY_BASE 70
#define LIBRARY_DEPTH (LIBRARY_BASE + 5)  // levels
#define UNREAD 1
#define OWN 1
#include <coop/artifact.h>
#include <library.hpp>

struct Deep : coop::Artifact {
  int get(this auto&) { return library_depth(); }
  int own(this auto&) { return OWN + LIBRARY_BASE; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/deep.h"

struct T : coop::Service {
  Deep deep;
  int run(this auto& self) {
    std::printf("%d %d\n", self.deep.get(), self.deep.own());
    return 0;
  }
};
