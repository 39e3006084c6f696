// Within a namespace a third-party header declares other things than at the top of the emission.
// RUN: %split && not env CPLUS_INCLUDE_PATH=%t/third_party %combine --device=cpu services/t.h -o out.cpp 2>&1 | FileCheck %s
// CHECK:      services/t.h:6:1: error: the third-party header <library.h> is included within other braces than extern "C" [include-within]
// CHECK-NEXT: #include <library.h>
// CHECK-NEXT: ^~~~~~~~~~~~~~~~~~~~
// CHECK-NEXT: note: include it at the top of the file
// CHECK-NOT:  error:
// RUN: not ls out.cpp

//--- third_party/library.h
inline int library() { return 1; }
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

namespace wrapped {
#include <library.h>
}

struct T : coop::Service {
  int run(this auto&) {
    std::printf("%d\n", wrapped::library());
    return 0;
  }
};
