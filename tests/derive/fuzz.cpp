// libFuzzer searches among what the laws would draw; what it finds is made small, and kept.
// RUN: %split && %combine test --fuzz --print artifacts/shares.h | FileCheck artifacts/shares.h --check-prefix=PRINTED
// RUN: not %combine test --fuzz --time=60s artifacts/shares.h | FileCheck artifacts/shares.h
// RUN: FileCheck artifacts/shares.h --check-prefix=KEPT --match-full-lines --input-file=generated/tests/shares.kept
// RUN: not %combine test --no-keep artifacts/shares.h | FileCheck artifacts/shares.h --check-prefix=FIRST
// RUN: sed -i 's/among - 9/among + 9/' artifacts/shares.h
// RUN: %combine test --fuzz --time=2s artifacts/shares.h | FileCheck artifacts/shares.h --check-prefix=MENDED

// Of a law the words are told, too; and the search goes on for the others.
// RUN: not %combine test --fuzz --time=3s artifacts/tally.h | FileCheck artifacts/tally.h
// RUN: not %combine test --fuzz --time=soon artifacts/tally.h 2>&1 | FileCheck artifacts/tally.h --check-prefix=SOON

//--- artifacts/shares.h
#pragma once
#include <coop/artifact.h>

struct Shares : coop::Artifact {
  int step = 2;  ///< range 1..8

  void add(this auto& self, int count) { self.total += count * self.step; }
  int share(this auto& self, int among) { return self.total / (among - 9); }

 private:
  int total = 100;
};
// PRINTED: #include "testing/fuzz.h"
// PRINTED-NOT: COOP_SMOKE
// PRINTED: COOP_FUZZ(Shares, boundary_values)
// PRINTED-NEXT: COOP_FUZZ(Shares, what_is_meant_is_not_refused)
// PRINTED-NEXT: COOP_FUZZ(Shares, same_again)
// PRINTED-NEXT: COOP_FUZZ(Shares, instances_are_apart)
// CHECK: Shares · of no known kind
// CHECK: FAILED fuzz [[LAW:[a-z_]+]]
// CHECK-NEXT: runtime error: division by zero
// CHECK-NEXT: at artifacts/shares.h:8:
// CHECK-NEXT{LITERAL}: on Scenario{.fields = {1}, .rounds = {1}, .steps = {{"share", {9}}}}
// CHECK-NEXT: kept as TEST(Shares_kept, [[LAW]]_1); runs first from now on
// CHECK-NEXT: {{^}}  {{[0-9]+}} scenarios, which reached {{[0-9]+}} places of code, in
// KEPT: # What broke a law of Shares once, {{.*}}
// KEPT-NEXT: {{[a-z_]+: Scenario\{.fields = \{1\}, .rounds = \{1\}, .steps = .*"share", \{9\}.*}}
// FIRST: kept 1 FAILED
// FIRST: FAILED kept {{[a-z_]+}}_1
// FIRST-NEXT: division by zero
// MENDED: fuzz 3 ok

//--- artifacts/tally.h
#pragma once
#include <coop/artifact.h>

struct Tally : coop::Artifact {
  void add(this auto& self, int count) { total() += count; }
  int sum(this auto& self) { return total(); }

 private:
  static int& total() {
    static int all = 0;
    return all;
  }
};
// CHECK: fuzz 1 ok, 2 FAILED
// CHECK-NEXT: FAILED fuzz same_again
// CHECK-NEXT: the same done to a fresh artifact has the same outcome
// CHECK-NEXT: broken: the second time came out differently
// CHECK-NEXT: shrunk: Scenario{.fields = {}, .rounds = {1}, .steps = {{.*"add", \{1\}.*}}
// CHECK-NEXT: kept as TEST(Tally_kept, same_again_1); runs first from now on
// CHECK-NEXT: intended? write  /// except: same_again (why)
// CHECK-NEXT: FAILED fuzz instances_are_apart
// SOON: combine: error: --time wants a time, e.g. 60s or 2m
