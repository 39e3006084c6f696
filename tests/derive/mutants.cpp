// --mutants names the small mistakes that no test would notice; accepted outcomes notice more.
// RUN: %split && %combine test --mutants --artifact=Limit artifacts/limit.h > fresh
// RUN: FileCheck %s --input-file=fresh '--implicit-check-not=line {{[89]}}'
// RUN: %combine test --accept --mutants --artifact=Limit artifacts/limit.h > accepted
// RUN: FileCheck %s --check-prefix=ACCEPTED --input-file=accepted '--implicit-check-not=weak:'
// RUN: sed -i 's/> self.limit/> 9/' artifacts/limit.h
// RUN: not %combine test --mutants --artifact=Limit artifacts/limit.h > broken
// RUN: FileCheck %s --check-prefix=BROKEN --input-file=broken
// CHECK: mutants: {{[0-9]+}} of {{[0-9]+}} noticed ({{[0-9]+}} %) in {{[0-9.]+}} s
// CHECK-NEXT: weak: line 3 (no test notices `3` -> `4`)
// CHECK: weak: line 5 (no test notices `x > self.limit` -> `x >= self.limit`)
// ACCEPTED: golden 1 ok
// ACCEPTED-NEXT: accepted: {{[0-9]+}} outcomes, which notice [[ALL:[0-9]+]] of [[ALL]] small mistakes
// ACCEPTED-NEXT: mutants: [[ALL]] of [[ALL]] noticed (100 %)
// BROKEN: FAILED
// BROKEN: mutants: none are tried while a test fails

//--- artifacts/limit.h
#include <coop/artifact.h>
struct Limit : coop::Artifact {
  int limit = 3;  ///< range 1..6
  /// x  a number; range 0..7
  int over(this auto& self, int x) { return x > self.limit ? x + 2 : -1; }
};
struct Other : coop::Artifact {
  int other = 3;
  int same(this auto& self, int x) { return x + self.other; }
};
