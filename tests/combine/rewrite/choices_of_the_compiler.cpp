// A conditional on the compiler around declarations, macros or a half of a declaration stays whole.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 16 14 8 6 11
// CHECK-LABEL: #ifdef __clang__

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#ifdef __clang__
inline int width() { return __builtin_bitreverse8(16); }
#else
inline int width() { return 8; }
#endif
#if defined(__clang__)
#define INLINE __attribute__((always_inline)) inline
#define BITS __builtin_bitreverse8(128)
#else
#define INLINE inline
#define BITS 1
#endif
INLINE int wide() { return 8 * BITS; }
#ifdef __clang__
#define HAS_CLANG 1
#else
#define HAS_CLANG 0
#endif
#if HAS_CLANG
inline int twice(int x) { return __builtin_bitreverse8(__builtin_bitreverse8(x * 2)); }
#else
inline int twice(int x) { return x + x; }
#endif
#if __cplusplus > 201703L && defined(__GNUC__)
template <class A, class B>
#else
template <class A, typename B>
#endif
int both(A a, B b) {
  return int(a) + int(b);
}
inline int with(int a
#ifdef __GNUC__
                ,
                int b = 2
#endif
) {
#ifdef __GNUC__
  return a + b;
#else
  return a;
#endif
}
#ifdef __clang__
struct Pair {
  int a, b;
};
#else
struct Pair {
  int a;
  int b;
};
#endif
struct Kv : coop::Artifact {
  int n = 3;
  int f(this auto& self) { return self.n + width() + both(1, 2.0) + with(1) - 1; }
  int g(this auto& self) {
#if HAS_CLANG
    return __builtin_bitreverse8(__builtin_bitreverse8(twice(self.n))) + 8;
#else
    return twice(self.n) + wide();
#endif
  }
  int h(this auto& self) {
    Pair p{self.n, 8};
    return p.b;
  }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::printf("%d %d %d %d %d\n", self.kv.f(), self.kv.g(), self.kv.h(), twice(3), wide() + 3);
    return 0;
  }
};
