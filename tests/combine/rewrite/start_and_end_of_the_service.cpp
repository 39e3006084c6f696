// The order in which artifacts and plain state come and go, and what the service does of its own.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: built
// SAYS-NEXT: 5 6 1 2 3
// SAYS-NEXT: ended 6
// SAYS-NEXT: ~Plain
// SAYS-NEXT: ~B

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

inline int tick() {
  static int ticks = 0;
  return ++ticks;
}
struct A : coop::Artifact {
  int n = 1;
  int at = tick();
};
struct B : coop::Artifact {
  int at = tick();
  ~B() { std::printf("~B\n"); }
};
struct Plain {
  int at = tick();
  ~Plain() { std::printf("~Plain\n"); }
};
struct T : coop::Service {
  B b;
  Plain plain;
  A a;
  int k = 2;
  T() {
    a.n = 5;
    k = 6;
    std::printf("built\n");
  }
  ~T() { std::printf("ended %d\n", k); }
  int run(int, char**) {
    std::printf("%d %d %d %d %d\n", a.n, k, b.at, plain.at, a.at);
    return 0;
  }
};
