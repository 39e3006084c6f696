// Methods, artifacts, helpers and types that the entry does not reach; side effects of start-up
// stay.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}nowhere{{.*}}' '--implicit-check-not={{.*}}Unused{{.*}}' '--implicit-check-not={{.*}}helper{{.*}}'
// SAYS: 8
// CHECK: static Registrar registrar;
// CHECK-LABEL: struct Kv {
// CHECK-NEXT:   int tokens = 3;
// CHECK-NEXT:   int length() { return tokens + counter(); }
// CHECK-NEXT: };
// RUN: %combine --device=cpu --dump=crop services/t.h | FileCheck %s --check-prefix=CROP
// CROP-DAG: kept t.h: Registrar
// CROP-DAG: kept t.h: registrar
// CROP-DAG: gone t.h: helper
// CROP-DAG: gone t.h: Unused

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

inline int& counter() {
  static int count = 0;
  return count;
}
struct Registrar {
  Registrar() { counter() += 5; }
};
static Registrar registrar;

inline int helper(int x) { return x; }
struct Unused {
  int x = 1;
};

struct Kv : coop::Artifact {
  int tokens = 3;
  /// Nobody calls it, so what it reaches need not be there.
  int broken(this auto& self) { return self.nowhere.tokens + helper(Unused{}.x); }
  int length(this auto& self) { return self.tokens + counter(); }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::printf("%d\n", self.kv.length());
    return 0;
  }
};
