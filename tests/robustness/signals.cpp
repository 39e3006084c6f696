// A signal at any moment leaves the old output, or the new one; an interrupted shell sees 130.
// RUN: %scratch && %interrupted 10 %s
// RUN: cd %t && sh -c 'timeout --preserve-status --signal=INT 0.05 %combine --device=cpu %s -o new.cpp; echo status $?' | FileCheck %s
// CHECK: status 130
#include <coop/service.h>

struct S : coop::Service {
  int run(int, char**) { return 0; }
};
