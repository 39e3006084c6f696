// Authors' names stay; a function whose name is taken, by whatever it is, gets a number.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 303 212 7
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp
// EMITTED-DAG: inline int kv_length(int x)
// EMITTED-DAG: int kv_length2(T& self, int x)
// EMITTED-DAG: int a_b_c(T& self)
// EMITTED-DAG: int a_b_c2(T& self)

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <cstring>

inline int kv_length(int x) { return x * 100; }
inline int kv_size = 4;

struct Kv : coop::Artifact {
  int tokens = 3;
  int length(this auto& self, int x) { return self.tokens + x + self.comp.window; }
  int size(this auto& self) { return self.comp.window; }
};
struct A : coop::Artifact {
  int b_c(this auto& self) { return self.kv.tokens; }
};
struct B : coop::Artifact {
  int c(this auto& self) { return self.kv.tokens * 100; }
};
struct Text : coop::Artifact {
  int len(this auto& self, const char* text) {
    return static_cast<int>(std::strlen(text)) + self.comp.window;
  }
  int y0(this auto& self) { return self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) { return self.kv.length(1) + kv_length(2) + kv_size + self.kv.size(); }
  int text(this auto& self, int t_run) {
    int str_len = 0;
    return self.str.len("abc") + self.str.y0() + str_len + t_run;
  }
};
struct T : coop::Service {
  Kv kv;
  A a;
  B a_b;
  Text str;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.a.b_c() + self.a_b.c(), self.comp.sum(), self.comp.text(0));
    return 0;
  }
};
