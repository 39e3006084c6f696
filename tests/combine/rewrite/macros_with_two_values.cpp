// A name that is two macros, or that another file uses for something else, is written out.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 106 209 25 13
// CHECK-NOT: #define
// CHECK-LABEL: inline int small() { return 4; }
// CHECK-LABEL: inline int add(int a, int b) { return a + b; }
// CHECK-LABEL: inline int mul(int a, int b) { return a * b; }

//--- artifacts/a.h
#pragma once
#include <coop/artifact.h>
#define LIMIT 4
struct A : coop::Artifact {
  int f(this auto& self) { return LIMIT + self.b.n; }
};
#undef LIMIT
//--- artifacts/b.h
#pragma once
#include <coop/artifact.h>
#define LIMIT 100
struct B : coop::Artifact {
  int n = 1;
  int g(this auto& self) { return LIMIT + self.a.f() + 1; }
};
#undef LIMIT
//--- artifacts/c.h
#pragma once
#include <coop/artifact.h>
#define VALUE 4
inline int small() { return VALUE; }
#undef VALUE
#define VALUE 100
inline int big() { return VALUE; }
#define OP +
inline int add(int a, int b) { return a OP b; }
#undef OP
#define OP *
inline int mul(int a, int b) { return a OP b; }
#undef OP
struct C : coop::Artifact {
  int n = 5;
  int f(this auto& self) { return VALUE + self.n + small() + big(); }
  int g(this auto&) { return add(2, 3) + mul(4, 5); }
};
#undef VALUE
//--- artifacts/d.h
#pragma once
#include <coop/artifact.h>
#define rows 4
struct D : coop::Artifact {
  int f(this auto&) { return rows; }
};
#undef rows
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/a.h"
#include "artifacts/b.h"
#include "artifacts/c.h"
#include "artifacts/d.h"
struct E : coop::Artifact {
  int rows = 9;
  int g(this auto& self) { return self.rows + self.d.f(); }
};
struct T : coop::Service {
  A a;
  B b;
  C c;
  D d;
  E e;
  int run(this auto& self) {
    std::printf("%d %d %d %d\n", self.b.g(), self.c.f(), self.c.g(), self.e.g());
    return 0;
  }
};
