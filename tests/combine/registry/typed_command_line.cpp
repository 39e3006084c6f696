// The parameters of run become flags: their defaults, their help, their types.
// RUN: %split && %same services/t.h -- --who=you --steps 3 --ratio=.5 --far=-3000000000 --loud=true | FileCheck %s --check-prefix=SAYS
// RUN: %t/alone/emitted --help | FileCheck %s --check-prefix=HELP
// RUN: not %t/alone/emitted --who=me --steps=many 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not %t/alone/emitted 2>&1 | FileCheck %s --check-prefix=REQUIRED
// RUN: not %t/alone/emitted --who=me --whom=you 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// SAYS: you 3 0.5 -3000000000 1
// SAYS-NEXT: exit 4
// HELP: Says what it was told.
// HELP: --who {{.*}}somebody, required
// HELP: --steps {{.*}}how often, and on the next line (2)
// NUMBER: error: --steps {{.*}}'many'
// REQUIRED: error: --who is required
// UNKNOWN: error: unknown option '--whom=you'

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <string>

/// Says what it was told.
struct T : coop::Service {
  /// who    somebody
  /// steps  how often, and
  ///        on the next line
  int run(this auto&, const std::string& who, int steps = 2, double ratio = 1, long far = 0,
          bool loud = false) {
    std::printf("%s %d %g %ld %d\n", who.c_str(), steps, ratio, far, loud);
    return 4;
  }
};
