// A method that touches only its own state stays a member; one that reaches a peer, itself or
// through what it calls, becomes a function of the service, and its overloads with it.
// RUN: %split && %combine --device=cpu --dump=plan services/t.h | FileCheck %s --check-prefix=PLAN --match-full-lines --implicit-check-not=own --implicit-check-not='kv.length ->'
// RUN: %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// PLAN-DAG: function comp.indirect -> comp_indirect
// PLAN-DAG: function comp.direct -> comp_direct
// PLAN-DAG: function comp.pick -> comp_pick
// PLAN-DAG: function comp.pick -> comp_pick
// PLAN-DAG: function T.run -> t_run
// PLAN-DAG: call comp.direct -> kv.length: direct
// PLAN-DAG: call T.run -> comp.indirect: direct
// SAYS: 22
// CHECK-LABEL: struct Comp {
// CHECK-NEXT:   int window = 2;
// CHECK-NEXT:   int own() { return 2 * window; }
// CHECK-NEXT: };
// CHECK-LABEL: int comp_direct(T& self) { return self.comp.own() + self.kv.length(); }
// CHECK-LABEL: int comp_pick(T& self, int x) { return x + self.comp.window; }
// CHECK-LABEL: int comp_pick(T& self, double x) { return static_cast<int>(x) + self.kv.tokens; }
// CHECK-LABEL: int comp_indirect(T& self) {
// CHECK-NEXT:   return comp_direct(self) + self.comp.own() + comp_pick(self, 1) + comp_pick(self, 2.5);
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 3;
  int length(this auto& self) { return self.tokens; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int own(this auto& self) { return 2 * self.window; }
  int direct(this auto& self) { return self.own() + self.kv.length(); }
  int indirect(this auto& self) {
    return self.direct() + self.own() + self.pick(1) + self.pick(2.5);
  }
  int pick(this auto& self, int x) { return x + self.window; }
  int pick(this auto& self, double x) { return static_cast<int>(x) + self.kv.tokens; }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.indirect() + self.comp.own() - 1);
    return 0;
  }
};
