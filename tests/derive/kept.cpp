// What broke a law is kept beside the test, as text that is committed, and is tried first since.
// RUN: %split && not %combine test --no-keep artifacts/told.h | FileCheck artifacts/told.h --check-prefix=BROKEN --implicit-check-not='kept as'
// RUN: not ls generated/tests/told.kept
// RUN: not %combine test artifacts/told.h | FileCheck artifacts/told.h --check-prefixes=BROKEN,FIRST
// RUN: FileCheck %s --check-prefix=TEXT --match-full-lines --input-file=generated/tests/told.kept
// TEXT: # What broke a law of Told once, {{.*}}
// TEXT-NEXT: same_again: [[ADDED:Scenario\{.fields = \{1\}, .rounds = \{1\}, .steps = \{.*"add", \{1\}.*\}]]
// TEXT-NEXT: instances_are_apart: [[ADDED]]
// TEXT-NOT: {{.}}

// The same failure is kept once, under its own test; and the test is a function of both files.
// RUN: cp generated/tests/told.kept once.kept && cp generated/tests/told_test.cpp once.cpp
// RUN: not %combine test artifacts/told.h | FileCheck %s --check-prefix=AGAIN --implicit-check-not='kept as'
// RUN: cmp generated/tests/told.kept once.kept && cmp generated/tests/told_test.cpp once.cpp
// RUN: %combine test --print artifacts/told.h | cmp - once.cpp
// RUN: FileCheck %s --check-prefix=PRINTED --input-file=once.cpp
// AGAIN: kept 2 FAILED · smoke 1 ok
// AGAIN: FAILED kept same_again_1
// AGAIN: also in law same_again
// PRINTED: COOP_KEPT(Told, same_again, 1, {.fields = {1}, .rounds = {1}, .steps = {
// PRINTED: COOP_KEPT(Told, instances_are_apart, 1,
// PRINTED: COOP_SMOKE(Told)

// A crash is kept as what it was tried on. Mended, both pass; what another artifact says is told.
// RUN: sed -i 's/static int& total.*/int all = 0;/;s/total()/self.all/g;s,/\*,,;s,\*/,,' artifacts/told.h
// RUN: not %combine test artifacts/told.h | FileCheck %s --check-prefix=CRASH
// CRASH: kept 2 ok · smoke 1 FAILED
// CRASH: FAILED smoke boundary_values
// CRASH-NEXT: division by zero
// CRASH-NEXT: at artifacts/told.h:9:
// CRASH-NEXT: on Scenario{
// CRASH-NEXT: also in
// CRASH: kept as TEST(Told_kept, boundary_values_1); runs first from now on
// RUN: sed -i '/divided/d;s/int step/bool twice = false; &/' artifacts/told.h
// RUN: echo 'forgotten_law: Scenario{.fields = {1, 2}}' >> generated/tests/told.kept
// RUN: sed -i 's/self.all += count/self.all += (self.twice ? 2 : 1) * count/' artifacts/told.h
// RUN: %combine test artifacts/told.h | FileCheck %s --check-prefix=MISFIT
// MISFIT: kept 3 do not apply · smoke 1 ok
// MISFIT-NEXT: kept same_again_1 no longer fits: it sets 1 field, and Told has 2; mend it or remove it in generated/tests/told.kept
// MISFIT: kept boundary_values_1 no longer fits
// MISFIT: not tested: kept forgotten_law_1, since no law that it is held to is called so

// RUN: echo 'same_again: Scenario{.fields = {1}, .steps = {}' >> generated/tests/told.kept
// RUN: not %combine test --print artifacts/told.h 2>&1 | FileCheck %s --check-prefix=UNREADABLE
// UNREADABLE: generated/tests/told.kept:6:1: error: this is no kept scenario [unreadable-kept]
// UNREADABLE-NEXT: same_again: Scenario{.fields = {1}, .steps = {}

//--- artifacts/told.h
#pragma once
#include <coop/artifact.h>

struct Told : coop::Artifact {
  int step = 2;  ///< range 1..8

  void add(this auto& self, int count) { total() += count * self.step; }
  int sum(this auto& self) { return total(); }
  /* int divided(this auto& self, int by) { return total() / by; } */

 private:
  static int& total() { static int all = 0; return all; }
};
// BROKEN: FAILED law same_again
// BROKEN-NEXT: the same done to a fresh artifact has the same outcome
// BROKEN-NEXT: broken: the second time came out differently
// BROKEN-NEXT: shrunk: Scenario{.fields = {1}, {{.*}}"add", {1}
// FIRST-NEXT: kept as TEST(Told_kept, same_again_1); runs first from now on
// BROKEN-NEXT: intended? write  /// except: same_again (why)
