// Whether a local header is there is decided here: the emission has its text, and asks nobody.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=THERE
// THERE: 7
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp --implicit-check-not='{{__has_include|extra.h"}}'
// EMITTED: inline int extra() { return 7; }
// EMITTED: return extra();
// RUN: rm artifacts/extra.h && %same services/t.h | FileCheck %s --check-prefix=ABSENT
// ABSENT: 1

//--- artifacts/extra.h
#pragma once
inline int extra() { return 7; }
//--- artifacts/one.h
#pragma once
#include <coop/artifact.h>
#if __has_include("artifacts/extra.h")
#include "artifacts/extra.h"
#define HAS_EXTRA 1
#else
#define HAS_EXTRA 0
#endif

struct One : coop::Artifact {
  int get(this auto&) {
#if HAS_EXTRA
    return extra();
#else
    return 1;
#endif
  }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/one.h"

struct T : coop::Service {
  One one;
  int run(this auto& self) {
    std::printf("%d\n", self.one.get());
    return 0;
  }
};
