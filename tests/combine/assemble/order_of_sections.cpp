// A section for each file under its name: declarations, the state, functions with callees first,
// main.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 6
// RUN: grep '^// ----' out.cpp | FileCheck %s --check-prefix=RULE '--implicit-check-not=// ----'
// RULE: // ---- artifacts/kv.h ---
// RULE-NEXT: // ---- artifacts/shape.h ---
// RULE-NEXT: // ---- artifacts/comp.h ---
// RULE-NEXT: // ---- templates/flags.h ---
// RULE-NEXT: // ---- services/t.h: all state, one member per registered artifact ---
// RULE-NEXT: // ---- artifacts/kv.h ---
// RULE-NEXT: // ---- artifacts/comp.h ---
// RULE-NEXT: // ---- services/t.h ---
// RULE-NEXT: // ---- main: the command line ---

//--- artifacts/shape.h
#pragma once
constexpr int kRows = 2;
//--- artifacts/comp.h
#pragma once
#include <coop/artifact.h>

#include "artifacts/shape.h"
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) { return self.kv.far() * kRows; }
};
//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>
struct Kv : coop::Artifact {
  int tokens = 1;
  int far(this auto& self) { return self.tokens + self.comp.window; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/kv.h"
#include "artifacts/comp.h"

/// Adds.
struct T : coop::Service {
  Comp comp;
  Kv kv;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.sum());
    return 0;
  }
};
