// --changed skips what passed, as long as nothing that it is made of has changed.
// RUN: %split && mkdir -p %t/cache %kept/tests && ln -s %kept/tests %t/cache && export COOP_CACHE=%t/cache
// RUN: %combine test --changed | FileCheck %s --check-prefix=BOTH --implicit-check-not=skipped
// BOTH: Base · of no known kind
// BOTH: Counted · of no known kind
// BOTH: Alone · of no known kind
// RUN: %combine test --changed | FileCheck %s --check-prefix=NONE --implicit-check-not=tests
// NONE: Base · skipped: neither it nor what it includes, its test, testing/ or the compiler has changed since it passed
// NONE: Counted · skipped
// NONE: Alone · skipped

// What is included, a seed, and a test that is asked for by name are other matters.
// RUN: sed -i 's/return 1/return 2/' artifacts/helper.h
// RUN: %combine test --changed artifacts/counted.h artifacts/deep/alone.h | FileCheck %s --check-prefix=ONE
// ONE: Counted · of no known kind
// ONE: Alone · skipped
// RUN: %combine test --changed --seed=7 artifacts/deep/alone.h | FileCheck %s --check-prefix=RAN
// RUN: %combine test artifacts/deep/alone.h | FileCheck %s --check-prefix=RAN
// RAN: Alone · of no known kind

// A failure is not remembered; what is kept of it makes another test; and what was, is known.
// RUN: cp artifacts/deep/alone.h before.h && sed -i 's/x + step/step/' artifacts/deep/alone.h
// RUN: not %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=BROKEN
// RUN: not %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=BROKEN
// BROKEN: FAILED relevance take_x
// RUN: cp before.h artifacts/deep/alone.h
// RUN: %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=KNOWN
// KNOWN: Alone · skipped
// RUN: echo 'same_again: Scenario{.fields = {1}}' > generated/tests/alone.kept
// RUN: %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=KEPT
// KEPT: kept 1 ok · smoke 1 ok

// What was accepted of its outcomes is as good as a change of the artifact.
// RUN: %combine test --changed --accept artifacts/deep/alone.h | FileCheck %s --check-prefix=RAN
// RUN: %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=KNOWN
// RUN: sed -i 's/[0-9]\+$/99/' generated/tests/alone.golden
// RUN: not %combine test --changed artifacts/deep/alone.h | FileCheck %s --check-prefix=RAN

// RUN: sh -c '%combine test --changed --fuzz 2> said; test $? = 2' && FileCheck %s --check-prefix=FUZZ --input-file=said
// FUZZ: combine: error: --changed is about tests that passed, of which the cache tells: no --fuzz
// RUN: mkdir empty && cd empty
// RUN: sh -c '%combine test --changed 2> said; test $? = 2' && FileCheck %s --check-prefix=EMPTY --input-file=said
// EMPTY: combine: error: --changed alone tests what is declared below artifacts/, and nothing is there

//--- artifacts/helper.h
#pragma once
inline int one() { return 1; }
//--- artifacts/base.h
#pragma once
#include <coop/artifact.h>
struct Base : coop::Artifact {
  int peek(this auto& self, int x) { return x; }
};
//--- artifacts/counted.h
#pragma once
#include "artifacts/base.h"
#include "artifacts/helper.h"
struct Counted : Base {
  int count(this auto& self, int x) { return x + one(); }
};
//--- artifacts/deep/alone.h
#pragma once
#include <coop/artifact.h>
struct Alone : coop::Artifact {
  int step = 2;  ///< range 1..8
  int take(int x) { return x + step; }
};
