// A registrar runs, and is kept though nobody names it: the author is told.
// RUN: %combine --device=cpu %s -o %t.out.cpp 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=%t.out.cpp
#include <coop/service.h>

inline int& counter() {
  static int count = 0;
  return count;
}
struct Registrar {
  Registrar() { counter() += 5; }
};
// CHECK: kept_for_effects.cpp:[[#@LINE+1]]:18: warning: nothing names 'first'; it is kept, since making it does something [kept-for-effects]
static Registrar first;
// CHECK: note: if nothing depends on what it does, do not include its file
// EMITTED: static Registrar first;

struct KvCache : coop::Artifact {
  int get(this auto&) { return counter(); }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
