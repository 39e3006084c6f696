// <math.h> stays <math.h>, and an umbrella stays for what it provides through others. A header that
// only defines a macro is kept; what merely declares an operator of an overload set, or a default
// argument's type, is not.
// RUN: %split && env CPLUS_INCLUDE_PATH=%t/third_party %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 25
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp '--implicit-check-not={{<(cmath|cstring|cstdint|core.hpp|half.hpp|memory|unused.hpp)>}}'
// EMITTED-DAG: #include <math.h>
// EMITTED-DAG: #include <string.h>
// EMITTED-DAG: #include <stdint.h>
// EMITTED-DAG: #include <umbrella.hpp>
// EMITTED-DAG: #include <macros.h>

//--- third_party/umbrella.hpp
#pragma once
#include "core.hpp"
//--- third_party/core.hpp
#pragma once
#include <memory>
namespace library {
inline int core() { return 1; }
template <class T = int, class Allocator = std::allocator<T>>
int with_default(T x = 5) {
  return x;
}
}  // namespace library
//--- third_party/macros.h
#define LIBRARY_TWICE(x) (2 * (x))
//--- third_party/half.hpp
#pragma once
struct Half {
  float value;
};
inline Half operator*(Half a, Half b) { return {a.value * b.value}; }
//--- third_party/unused.hpp
#pragma once
struct Unused {};
//--- services/t.h
#include <coop/service.h>

#include <half.hpp>
#include <macros.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <umbrella.hpp>
#include <unused.hpp>

struct Kv : coop::Artifact {
  uint32_t width = 49;
  template <class X>
  X times(this auto&, X a, X b) {
    return a * b;
  }
  int get(this auto& self) {
    const int library = library::core() + library::with_default() + LIBRARY_TWICE(1);
    return static_cast<int>(sqrt(self.width)) + static_cast<int>(strlen("abcd")) +
           self.times(2, 3) + library;
  }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    printf("%d\n", self.kv.get());
    return 0;
  }
};
