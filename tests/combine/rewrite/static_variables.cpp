// A static variable of a function is one for each instance, as it was.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 3 4 3

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Counter : coop::Artifact {
  int tick(this auto& self) {
    static int calls = 0;
    return ++calls + self.comp.window;
  }
};
struct Comp : coop::Artifact {
  int window = 2;
};
struct T : coop::Service {
  Counter first;
  Counter second;
  Comp comp;
  int run(int, char**) {
    const int x = first.tick(), y = first.tick(), z = second.tick();
    std::printf("%d %d %d\n", x, y, z);
    return 0;
  }
};
