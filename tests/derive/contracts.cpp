// Promises get a test of their own; what a caller owes is no failure of the artifact, and nothing
// of the macros is taken for a method.
// RUN: %split && %combine test --print artifacts/kv.h 2>&1 | FileCheck %s '--implicit-check-not={{broken_invariant}}'
// CHECK: #include "testing/contracts.h"
// CHECK: COOP_CONTRACTS(Kv)
// RUN: sed '/COOP_ENSURES/d;/COOP_INVARIANT/d' artifacts/kv.h > artifacts/plain.h
// RUN: %combine test --print artifacts/plain.h 2>&1 | FileCheck %s --check-prefix=PLAIN '--implicit-check-not={{COOP_CONTRACTS}}'
// PLAIN: #include "testing/contracts.h"
// PLAIN: COOP_SMOKE(Kv)
// RUN: %combine test artifacts/kv.h -o out | FileCheck %s --check-prefix=KEPT
// KEPT: contracts 1 ok
// RUN: sed -i 's/rows += count/rows -= count/' artifacts/kv.h
// RUN: not %combine test artifacts/kv.h -o out | FileCheck %s --check-prefix=BROKEN
// BROKEN: FAILED contracts hold
// BROKEN-NEXT: what the artifact promises holds
// BROKEN-NEXT: broken: its own contract: ensures self.rows >= count, line 10
//
// An example is asked for invariants behind each of its calls.
// RUN: not %combine test artifacts/sum.h -o out | FileCheck %s --check-prefix=SUM
// SUM: FAILED example line_3
// SUM-NEXT: broken: its own contract: invariant sum != 777777

//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>

struct Kv : coop::Artifact {
  COOP_INVARIANT(rows >= 0);

  void append(this auto& self, int count) {
    COOP_EXPECTS(count >= 0);
    self.rows += count;
    COOP_ENSURES(self.rows >= count);
  }
  int length(this auto& self) { return self.rows; }

 private:
  int rows = 0;
};

//--- artifacts/sum.h
#include <coop/artifact.h>

/// example: add(777777); add(1); total() -> 777778
struct Sum : coop::Artifact {
  COOP_INVARIANT(sum != 777777);

  /// x  of which the test does not come to that one; range 0..1000000
  void add(this auto& self, int x) { self.sum += x; }
  int total(this auto& self) { return self.sum; }

 private:
  int sum = 0;
};
