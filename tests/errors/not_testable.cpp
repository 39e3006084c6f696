// combine test says what it cannot make a test of, and how that is mended.
// RUN: %split && not %combine test --print none.h 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not %combine test --print service.h 2>&1 | FileCheck %s --check-prefix=SERVICE
// RUN: not %combine test --print --artifact=Finl made.h 2>&1 | FileCheck %s --check-prefix=NEAR
// RUN: not %combine test --print made.h 2>&1 | FileCheck %s
// RUN: not %combine test --print wrong.h 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not %combine test --print gone.h 2>&1 | FileCheck %s --check-prefix=GONE

//--- none.h
// NONE: combine: error: 'none.h' declares no artifact [no-artifact]
// NONE-NEXT: note: give a header with `struct Name : coop::Artifact { ... };`
struct Plain {};
//--- service.h
#include <coop/service.h>
// SERVICE: combine: error: 'service.h' declares no artifact [no-artifact]
// SERVICE-NEXT: note: it declares a service: combine test --ranks service.h -- ARGUMENTS tests it on several ranks
struct Served : coop::Service {};
//--- made.h
#include <coop/artifact.h>
// NEAR: combine: error: 'made.h' declares no artifact named 'Finl' [unknown-artifact]
// NEAR-NEXT: note: did you mean 'Final'?
// CHECK: made.h:5:8: error: Final cannot be made by a test: it is final, and a test derives from it [untestable-artifact]
struct Final final : coop::Artifact {};
// CHECK: made.h:7:8: error: Needs cannot be made by a test: it has no constructor without arguments, as a service needs it [untestable-artifact]
struct Needs : coop::Artifact {
  explicit Needs(int x) {}
};
template <class T>
// CHECK: made.h:12:8: error: Open cannot be made by a test: its template parameter T has no default; say which it is to be: --with T=... [untestable-artifact]
struct Open : coop::Artifact {};
//--- wrong.h
#include <coop/artifact.h>
struct Wrong : coop::Artifact {
  // WRONG: wrong.h:4:{{.*}}error: {{.*}}'widnow'
  int window(this auto& self) { return widnow; }
};
// GONE: combine: error: cannot read '{{.*}}gone.h'
