// The banner: what this is, from where, how it is built, where to start; the line does build it.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 1
// RUN: FileCheck %s --check-prefix=BANNER --match-full-lines --input-file=out.cpp
// RUN: sed -n 's|^// Build: ||p' out.cpp > build.sh && sh ./build.sh && ./adder
// BANNER: // Adder on the CPU: Adds one and one.
// BANNER-NEXT: //
// BANNER-NEXT: // Emitted by `combine --scale=single-gpu --device=cpu services/t.h`: edit the files named below,
// BANNER-NEXT: // not this one.
// BANNER-NEXT: // Build: g++ -std=c++20 -O3 -march=native out.cpp -o adder
// BANNER-NEXT: // Read:  adder_run first, near the end; callees stand above their callers.
// BANNER-EMPTY:
// BANNER-NEXT: #include {{.*}}

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

/// Adds one and one. This is not told.
struct Adder : coop::Service {
  int run(this auto&) {
    std::printf("1\n");
    return 0;
  }
};
