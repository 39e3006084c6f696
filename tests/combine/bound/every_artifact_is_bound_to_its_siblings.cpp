// The bound source: one type for each registered instance, references for the peers, and line
// numbers that are the author's.
// RUN: %split && %combine --device=cpu --dump=bound services/t.h > bound.txt && FileCheck %s --input-file=bound.txt
// CHECK: // ==== t.h
// CHECK-NEXT: #include <coop/service.h>
// CHECK-EMPTY:
// CHECK-NEXT: struct Kv : coop::Artifact {
// CHECK-NEXT: int tokens = 3;
// CHECK-NEXT: };
// CHECK-EMPTY:
// CHECK-NEXT: namespace coop_bound { struct bound_first : ::Kv { }; struct bound_second : ::Kv { }; } struct T : coop::Service {
// CHECK-NEXT: ::coop_bound::bound_first first;
// CHECK-NEXT: ::coop_bound::bound_second second{{[{][{]}}.tokens = 4{{[}][}]}};
// CHECK: // ==== t.h.bound.cpp
// CHECK: static ::T service;
// CHECK: coop_bound::bound_first& Artifact::first = coop_bound::service.first;
// CHECK: // ==== artifact.h
// CHECK: struct Artifact { static constexpr World world{};
// CHECK-SAME: static coop_bound::bound_first& first;
// CHECK-SAME: static coop_bound::bound_second& second;

//--- services/t.h
#include <coop/service.h>

struct Kv : coop::Artifact {
  int tokens = 3;
};

struct T : coop::Service {
  Kv first;
  Kv second{.tokens = 4};
  int run(this auto& self) { return self.first.tokens + self.second.tokens; }
};
