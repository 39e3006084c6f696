// One header by several paths, with either kind of guard, is inlined once.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 1
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp
// EMITTED: struct First {
// EMITTED-NOT: struct First {

//--- artifacts/first.h
#ifndef FIRST_H
#define FIRST_H
#include <coop/artifact.h>
struct First : coop::Artifact {
  int tokens = 1;
};
#endif  // FIRST_H
//--- artifacts/second.h
#pragma once
#include "../artifacts/first.h"
#include "artifacts/first.h"
#include "first.h"
struct Second : coop::Artifact {
  int get(this auto& self) { return self.first.tokens; }
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
