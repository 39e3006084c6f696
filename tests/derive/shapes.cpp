// Artifacts of unusual shape: templates, bases, namespaces, overloads, several in one header.
// RUN: %split && %combine test --dump=facts artifacts/odd.h | FileCheck %s
// RUN: %combine test --dump=facts --artifact=Derived artifacts/odd.h \
// RUN:   | FileCheck %s --check-prefix=ONE --implicit-check-not=artifact
// RUN: %combine test --dump=facts --with kSize=9 --artifact=Sized artifacts/odd.h \
// RUN:   | FileCheck %s --check-prefix=WITH
// RUN: not %combine test --with Inner=Derived --artifact=Around artifacts/odd.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AROUND

//--- artifacts/base.h
#pragma once
#include <coop/artifact.h>
template <class T>
struct Base : coop::Artifact {
  int depth = 2;
  int peek(this auto& self) { return self.stack.top(); }
 protected:
  int hidden = 0;
};
//--- artifacts/odd.h
#pragma once
#include <vector>

#include "artifacts/base.h"

struct Helper {
  int x = 0;
};

// CHECK: artifact Sized<> in artifacts/odd.h
// CHECK: field slots: int (integer) = kSize
// CHECK: field scale: T (real) = 1
// WITH: artifact Sized<9>
template <int kSize = 4, class T = float>
struct Sized : coop::Artifact {
  int slots = kSize;
  T scale = 1;
};

// CHECK: artifact Derived in artifacts/odd.h
// CHECK-NEXT: kind none
// CHECK-NEXT: field depth: int (integer) = 2
// CHECK-NEXT: field helper: Helper (other)
// CHECK-NEXT: method peek, reaches peers -> int (integer)
// CHECK-NEXT: method put -> void (nothing)
// CHECK-NEXT:   parameter x: int (integer)
// CHECK-NEXT: method put -> void (nothing)
// CHECK-NEXT:   parameter many: const std::vector<int> & (numbers of int)
// CHECK-NEXT: method count, static -> int (integer)
// CHECK-NEXT: peer stack
// CHECK-NEXT:   top(0): int
// ONE: artifact Derived in artifacts/odd.h
struct Derived : Base<int> {
  Helper helper;
  Derived() = default;
  explicit Derived(int x) { hidden = x; }
  void put(this auto& self, int x) { self.hidden = x; }
  void put(this auto& self, const std::vector<int>& many) { self.hidden = many.size(); }
  static int count() { return 1; }
  void gone() = delete;
};

namespace deep {
// CHECK: artifact ::deep::Inner in artifacts/odd.h
struct Inner : coop::Artifact {};
}  // namespace deep

// What it derives from is a parameter: it is what that is by default, and more.
// CHECK: artifact Around<> in artifacts/odd.h
// CHECK: field depth: int (integer) = 2
// CHECK: field width: int (integer) = 3
// CHECK: method peek, reaches peers -> int (integer)
// CHECK: method twice, reaches peers -> int (integer)
// AROUND: error: Around cannot be made by a test: it derives from its template parameter Inner, and is tested with what that is by default; leave out --with [untestable-artifact]
template <class Inner = Base<int>>
struct Around : Inner {
  int width = 3;
  int twice(this auto& self) { return self.Inner::peek() + self.Inner::peek(); }
};
