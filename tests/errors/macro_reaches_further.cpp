// One macro with two values is written out, but not where another macro's value is the compiler's.
// RUN: %split && not %combine --device=cpu services/t.h -o out.cpp 2>&1 | FileCheck %s --implicit-check-not=error: && test ! -e out.cpp
// CHECK: artifacts/first.h:5:9: error: the macro LIMIT would change text of another file [macro-reaches-further]
// CHECK: note: rename it, or make it a constant or an inline function
// CHECK: artifacts/second.h:5:9: error: the macro LIMIT would change text of another file [macro-reaches-further]

//--- artifacts/first.h
#pragma once
#include <coop/artifact.h>

#include <climits>
#define LIMIT INT_MAX
struct First : coop::Artifact {
  int get(this auto& self) { return LIMIT - self.second.tokens; }
};
#undef LIMIT
//--- artifacts/second.h
#pragma once
#include <coop/artifact.h>

#include <climits>
#define LIMIT INT_MIN
struct Second : coop::Artifact {
  int tokens = 1;
  int get(this auto& self) { return LIMIT + self.first.get(); }
};
#undef LIMIT
//--- services/t.h
#include <coop/service.h>

#include "artifacts/first.h"
#include "artifacts/second.h"
struct T : coop::Service {
  First first;
  Second second;
  int run(this auto& self) { return self.second.get(); }
};
