// What an artifact does is written down when its author accepts it, and compared from then on.
// RUN: %split && %combine test artifacts/first.h | FileCheck %s --check-prefix=NONE --implicit-check-not=golden
// RUN: not ls generated/tests/first.golden
// RUN: %combine test --accept artifacts/first.h | FileCheck %s --check-prefix=SAME
// RUN: FileCheck %s --check-prefix=TEXT --input-file=generated/tests/first.golden
// RUN: grep 'COOP_GOLDEN(First, "first.golden")' generated/tests/first_test.cpp
// NONE: law 3 ok
// SAME: golden 1 ok
// TEXT: # What First did when
// TEXT: {{^\{\} add\(([0-9.]+)\)$}}
// TEXT-NEXT: {{^  add\(\) = [0-9.]+$}}
// TEXT: {{^\{start 7}}
//
// Initial values, and what no law says of a sum, are among it; nothing but --accept writes it.
// RUN: cp generated/tests/first.golden before
// RUN: sed -i 's/start = 2/start = 3/' artifacts/first.h
// RUN: not %combine test artifacts/first.h | FileCheck %s --check-prefix=CHANGED
// RUN: cmp generated/tests/first.golden before
// RUN: %combine test --accept artifacts/first.h | FileCheck %s --check-prefix=SAME
// RUN: not cmp generated/tests/first.golden before
// CHANGED: FAILED golden outcomes_are_as_accepted
// CHANGED-NEXT: {{[0-9]+}} of {{[0-9]+}} outcomes are not what was accepted; the smallest:
// CHANGED-NEXT: {} add(
// CHANGED-NEXT: - add() =
// CHANGED-NEXT: + add() =
// CHANGED-NEXT: intended? combine test --accept writes them again

//--- artifacts/first.h
#include <coop/artifact.h>
struct First : coop::Artifact {
  int start = 2;  ///< range 0..7
  double add(this auto& self, double x) { return self.sum += x / 3 + self.start; }

 private:
  double sum = 0;
};
