// In one file a header is included once: assert means one thing in all of it.
// RUN: %split && not %combine --device=cpu services/t.h -o out.cpp 2>&1 | FileCheck %s
// CHECK:      artifacts/one.h:3:9: error: third-party headers read the macro NDEBUG in two ways, and are included once [configured-two-ways]
// CHECK-NEXT: #define NDEBUG
// CHECK-NEXT:         ^~~~~~
// CHECK-NEXT: note: define it in front of everything that includes those headers
// CHECK-NOT:  error:
// RUN: not ls out.cpp

// Where everybody sees it defined, it is.
// RUN: sed -i 's/#include <cassert>/#define NDEBUG\n&/' services/t.h
// RUN: %combine --device=cpu services/t.h -o out.cpp
// RUN: %gxx out.cpp -o program && ./program | FileCheck %s --check-prefix=SAYS
// SAYS: 5 0

//--- artifacts/one.h
#pragma once
#include <coop/artifact.h>
#define NDEBUG
#include <cassert>

struct One : coop::Artifact {
  int get(this auto&) {
    int k = 5;
    assert(++k);
    return k;
  }
};
//--- services/t.h
#include <coop/service.h>

#include <cassert>
#include <cstdio>

#include "artifacts/one.h"

struct T : coop::Service {
  One one;
  int run(this auto& self) {
    int n = 0;
    assert(++n);
    std::printf("%d %d\n", self.one.get(), n);
    return 0;
  }
};
