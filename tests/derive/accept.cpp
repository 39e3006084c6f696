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
// CHANGED-NEXT: {{^ +}}{}
// CHANGED-NEXT: - start = 2
// CHANGED-NEXT: + start = 3
// CHANGED-NEXT: intended? combine test --accept writes them again
//
// Too little time is said, with what may be done, and nothing is written.
// RUN: not env COOP_ACCEPT_SECONDS=1 %combine test --accept artifacts/slow.h > slow 2>&1
// RUN: FileCheck %s --check-prefix=SLOW --input-file=slow
// RUN: not ls generated/tests/slow.golden
// SLOW: its outcomes cannot be accepted: after 1 seconds, scenarios to choose from were still being run
// SLOW-NEXT: give what takes long a smaller range (///< range 1..64), or more time (COOP_ACCEPT_SECONDS=1500)

//--- artifacts/first.h
#include <coop/artifact.h>
struct First : coop::Artifact {
  int start = 2;  ///< range 0..7
  double add(this auto& self, double x) { return self.sum += x / 3 + self.start; }

 private:
  double sum = 0;
};

//--- artifacts/slow.h
#include <coop/artifact.h>
#include <cstdlib>
struct Slow : coop::Artifact {
  /// Only as slow while outcomes are written down, so that this test is not.
  int count(this auto& self, int to) {
    for (volatile long i = 0; std::getenv("COOP_ACCEPT") && i < 400000000; i = i + 1) to += i & 1;
    return to;
  }
};
