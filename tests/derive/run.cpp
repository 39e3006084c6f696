// Each test is run in a process of its own: what crashes or hangs takes no other along.
// RUN: %split && %combine test artifacts/right.h | FileCheck artifacts/right.h
// RUN: not %combine test --limit=3s --junit=j.xml artifacts/wrong.h | FileCheck artifacts/wrong.h
// RUN: FileCheck artifacts/wrong.h --check-prefix=XML --input-file=j.xml
// RUN: sh -c '%combine test artifacts/empty.h > out; test $? = 2'
// RUN: FileCheck artifacts/empty.h --input-file=out
// RUN: not %combine test artifacts/misspelt.h | FileCheck artifacts/misspelt.h
// RUN: %combine test --explain same_again | FileCheck %s --check-prefix=EXPLAIN
// RUN: not %combine test --explain same_agian 2>&1 | FileCheck %s --check-prefix=NEAR
// EXPLAIN: same_again (testing/universal.h): The same is done twice
// NEAR: combine: error: no law 'same_agian'; did you mean 'same_again'?

//--- artifacts/right.h
// CHECK: Right · of no known kind: what holds of any artifact · peers clock{now} · seed 20240611
// CHECK-NEXT: smoke 1 ok · peers 1 ok · relevance {{[0-9]+}} ok · law {{[0-9]+}} ok
// CHECK-NEXT: tests in {{.*}} s: generated/tests/right_test.cpp
#include <coop/artifact.h>
struct Right : coop::Artifact {
  int step = 2;  ///< range 1..8
  int next(this auto& self, int from) { return from + self.step + self.clock.now(); }
};
//--- artifacts/wrong.h
// CHECK: FAILED smoke boundary_values
// CHECK-NEXT: runtime error: division by zero
// CHECK-NEXT: at artifacts/wrong.h:14:61
// CHECK-NEXT: on Scenario{{.*"share", .0, 0.*}}
// CHECK-NEXT: also in
// CHECK: FAILED relevance unused
// CHECK-NEXT: field unused never changes any outcome
// CHECK: FAILED smoke boundary_values
// CHECK-NEXT: it did not end in its time (--limit), and was stopped
// XML: <testcase classname="Unused_relevance" name="unused"{{.*}}><failure>
// XML: field unused never changes any outcome
#include <coop/artifact.h>
struct Wrong : coop::Artifact {
  int share(this auto& self, int of, int among) { return of / among; }
};
struct Unused : coop::Artifact {
  int unused = 1;  ///< range 0..4
  int kept(this auto& self, int x) { return x; }
};
struct Endless : coop::Artifact {
  int endless(this auto& self, int x) {
    for (volatile int i = 0; i < x + 1; i = i + 0) x += 0;
    return x;
  }
};
//--- artifacts/empty.h
// CHECK: nothing could be asserted
#include <coop/artifact.h>
struct Empty : coop::Artifact {};
//--- artifacts/misspelt.h
// CHECK: the test cannot be built:
// CHECK: artifacts/misspelt.h:5:{{.*}} error: use of undeclared identifier 'missing'
#include <coop/artifact.h>
struct Misspelt : coop::Artifact {
  int value(this auto& self) { return missing(self); }
};
