// A signal at any moment leaves the old output, or the new one; an interrupted shell sees 130.
// RUN: %scratch && %interrupted 10 %s
// Nobody writes to the pipe, so that the signal always comes before the end.
// RUN: cd %t && mkfifo never.h && cp %s reads_never.cpp && echo '#include "never.h"' >> reads_never.cpp
// RUN: cd %t && sh -c 'timeout --preserve-status --signal=INT 0.2 %combine --device=cpu reads_never.cpp -o new.cpp; echo status $?' | FileCheck %s
// CHECK: status 130
#include <coop/service.h>

struct S : coop::Service {
  int run(int, char**) { return 0; }
};
