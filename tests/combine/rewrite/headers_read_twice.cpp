// A header whose guard does not begin it is entered again, and its guard hides it: what was read
// the first time is emitted, and the same conditional within a method stays decided.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 6
// CHECK-NOT: FIRST_H
// CHECK-LABEL: struct First {
// CHECK-NEXT:    int tokens = 1;
// CHECK-NEXT:    int twice() { return 2 * tokens; }

//--- artifacts/first.h
#define MOST 9
#ifndef FIRST_H
#define FIRST_H
#include <coop/artifact.h>
struct First : coop::Artifact {
  int tokens = 1;
  int twice(this auto& self) {
#if COOP_CPU
    return 2 * self.tokens;
#else
    return 0;
#endif
  }
};
#endif
//--- artifacts/second.h
#pragma once
#include "artifacts/first.h"
struct Second : coop::Artifact {
  int get(this auto& self) { return 3 * self.first.twice(); }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/second.h"
#include "artifacts/first.h"

struct T : coop::Service {
  First first;
  Second second;
  int run(this auto& self) {
    std::printf("%d\n", self.second.get());
    return 0;
  }
};
