// A name that would mean something else in one file than it means alone: refused, never guessed.
// RUN: %split && not %combine --device=cpu services/t.h -o out.cpp 2>&1 | FileCheck %s --implicit-check-not=error: && test ! -e out.cpp
// CHECK: artifacts/second.h:6:37: error: 'scale' is from a file that this one does not include [meaning-changes]
// CHECK: artifacts/first.h:4:5: note: combined, it would be this one

//--- artifacts/first.h
#pragma once
#include <coop/artifact.h>
namespace {
int scale(int x) { return x * 1000; }
}  // namespace
struct First : coop::Artifact {
  int get(this auto&) { return scale(2); }
};
//--- artifacts/second.h
#pragma once
#include <coop/artifact.h>
inline int scale(double x) { return static_cast<int>(x * 2); }
struct Second : coop::Artifact {
  int tokens = 1;
  int get(this auto& self) { return scale(3) + self.first.get(); }
};
//--- services/t.h
#include <coop/service.h>

#include "artifacts/first.h"
#include "artifacts/second.h"
struct T : coop::Service {
  First first;
  Second second;
  int run(this auto& self) { return self.second.get(); }
};
