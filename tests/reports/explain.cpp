// Why a name is in the emitted file: the chain of uses from the entry. Why it is not: who names it,
// and the condition that decided.
// RUN: %split
// RUN: %combine explain kv.get --device=cpu services/t.h | FileCheck %s --check-prefix=METHOD
// METHOD:      kv.get: method, emitted as a member of Kv  (artifacts/kv.h:14)
// METHOD-NEXT:   T.run is the entry
// METHOD-NEXT:   services/t.h:11: T.run → comp.step   const int sum = self.comp.step();
// METHOD-NEXT:   artifacts/comp.h:6: comp.step → kv.get   int sum = self.kv.get() + kWidth;
// METHOD-NOT:  {{.}}

// A listener is reached by the call of its hook; a function and a macro through a method.
// RUN: %combine explain self.kv.after_step --device=cpu services/t.h | FileCheck %s --check-prefix=HOOK
// HOOK: artifacts/comp.h:7: comp.step → kv.after_step   self.hooks.after_step();
// RUN: %combine explain self.hooks.after_step --device=cpu services/t.h | FileCheck %s --check-prefix=CALLED
// CALLED:      hooks.after_step: hook
// CALLED-NEXT:   named at artifacts/comp.h:7   self.hooks.after_step();
// CALLED-NEXT:   heard by kv
// RUN: %combine explain unheard --device=cpu services/t.h | FileCheck %s --check-prefix=UNHEARD
// UNHEARD:      hooks.unheard: hook, not emitted
// UNHEARD-NEXT:   named at artifacts/comp.h:9   self.hooks.unheard(sum); return sum + self.kv.size(); }
// UNHEARD-NEXT:   nothing that is registered has the method: no call is left
// RUN: %combine explain std::find --device=cpu services/t.h | FileCheck %s --check-prefix=OURS
// OURS:      std::find: from <algorithm>
// OURS-NEXT:   Flags is what main is written with
// RUN: %combine explain twice --device=cpu services/t.h | FileCheck %s --check-prefix=FUNCTION
// FUNCTION:      detail::twice: function  (artifacts/kv.h:8)
// FUNCTION:        artifacts/comp.h:6: comp.step → kv.get   int sum = self.kv.get() + kWidth;
// FUNCTION-NEXT:   artifacts/kv.h:14: kv.get → detail::twice   int get(this auto& self) { return detail::twice(self.rows) * SCALE; }
// RUN: %combine explain SCALE --device=cpu services/t.h | FileCheck %s --check-prefix=MACRO
// MACRO:      SCALE: macro  (artifacts/kv.h:3)
// MACRO:        artifacts/kv.h:14: kv.get → SCALE
// RUN: %combine explain kWidth --device=cpu services/t.h | FileCheck %s --check-prefix=CONSTANT
// CONSTANT:      kWidth: constant  (artifacts/comp.h:3)
// CONSTANT:        artifacts/comp.h:6: comp.step → kWidth

// RUN: %combine explain kv --device=cpu services/t.h | FileCheck %s --check-prefix=ARTIFACT
// ARTIFACT:      kv: artifact of type Kv  (services/t.h:8)
// ARTIFACT-NEXT:   registered at services/t.h:8
// ARTIFACT-NEXT:   its data is a member of the emitted struct
// ARTIFACT-DAG:    artifacts/comp.h:6: comp.step → kv.get
// ARTIFACT-DAG:    artifacts/comp.h:7: comp.step → kv.after_step
// RUN: %combine explain rows --device=cpu services/t.h | FileCheck %s --check-prefix=FIELD
// FIELD:      kv.rows: data of kv  (artifacts/kv.h:13)
// FIELD-NEXT:   an artifact's data stays, used or not
// RUN: %combine explain secret --device=cpu services/t.h | FileCheck %s --check-prefix=PRIVATE
// PRIVATE: comp.secret: data of comp  (artifacts/comp.h:13)
// RUN: %combine explain '<cstdio>' --device=cpu services/t.h | FileCheck %s --check-prefix=HEADER
// HEADER:      <cstdio>: third-party header
// HEADER:        std::printf, used at services/t.h:12

// What a constant decided: in a branch, in the preprocessor, and behind what is cropped itself.
// RUN: %combine explain remote --device=cpu services/t.h | FileCheck %s --check-prefix=BRANCH
// BRANCH:      comp.remote: method, not emitted  (artifacts/comp.h:10)
// BRANCH-NEXT:   named at artifacts/comp.h:8   if (self.world.size() > 1) sum += self.remote();
// BRANCH-NEXT:     `self.world.size() > 1` is false (artifacts/comp.h:8)
// BRANCH-NOT:  {{.}}
// RUN: %combine explain gather --device=cpu services/t.h | FileCheck %s --check-prefix=BEHIND
// BEHIND:      gather: function, not emitted  (artifacts/kv.h:5)
// BEHIND-NEXT:   named at artifacts/comp.h:10   int remote(this auto& self) { return gather() + self.kv.get(); }
// BEHIND-NEXT:     comp.remote is not reached itself
// BEHIND-NEXT:       named at artifacts/comp.h:8   if (self.world.size() > 1) sum += self.remote();
// BEHIND-NEXT:         `self.world.size() > 1` is false (artifacts/comp.h:8)
// RUN: %combine explain on_gpu --device=cpu services/t.h | FileCheck %s --check-prefix=SWITCHED
// SWITCHED:      kv.on_gpu: method, not emitted  (artifacts/kv.h:15)
// SWITCHED-NEXT:   named at artifacts/kv.h:18   self.on_gpu();
// SWITCHED-NEXT:     `#if COOP_CUDA` is not taken (artifacts/kv.h:17)
// RUN: %combine explain nobody --device=cpu services/t.h | FileCheck %s --check-prefix=NOBODY
// NOBODY:      nobody: function, not emitted  (artifacts/kv.h:6)
// NOBODY-NEXT:   nothing names it

// Several of one name are told one after the other; of none, the nearest.
// RUN: %combine explain size --device=cpu services/t.h | FileCheck %s --check-prefix=SEVERAL
// SEVERAL:      kv.size: method, emitted as a member of Kv
// SEVERAL:      comp.size: method, not emitted
// SEVERAL-NEXT:   nothing names it
// RUN: not %combine explain comp.stop --device=cpu services/t.h 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN:      combine: error: nothing is called 'comp.stop' in T and what it reaches [unknown-name]
// UNKNOWN-NEXT: note: did you mean 'comp.step'?

//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>
#define SCALE 2

inline int gather() { return 1; }
inline int nobody() { return 1; }
namespace detail {
inline int twice(int x) { return 2 * x; }
}  // namespace detail

struct Kv : coop::Artifact {
  // gather() in a comment is no use of it.
  int rows = 3;
  int get(this auto& self) { return detail::twice(self.rows) * SCALE; }
  void on_gpu(this auto&) {}
  void after_step(this auto& self) {
#if COOP_CUDA
    self.on_gpu();
#endif
    ++self.rows;
  }
  int size(this auto& self) { return self.rows; }
};
//--- artifacts/comp.h
#include "artifacts/kv.h"

inline constexpr int kWidth = 4;
struct Comp : coop::Artifact {
  int step(this auto& self) {
    int sum = self.kv.get() + kWidth;
    self.hooks.after_step();
    if (self.world.size() > 1) sum += self.remote();
    self.hooks.unheard(sum); return sum + self.kv.size(); }
  int remote(this auto& self) { return gather() + self.kv.get(); }
  int size(this auto&) { return 1; }

 private: int secret = 1;
};
//--- services/t.h
#include <coop/service.h>
#include <cstdio>

#include "artifacts/comp.h"
#include "artifacts/kv.h"

struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    const int sum = self.comp.step();
    std::printf("%d\n", sum);
    return 0;
  }
};
