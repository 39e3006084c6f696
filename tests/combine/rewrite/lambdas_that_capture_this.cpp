// `[this]` and `[=]` of a method that becomes a function capture the service.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 15
// CHECK-LABEL: int t_helper(T& self, int k) {
// CHECK-NEXT:   auto a = [&self, k] { return self.w + self.kv.n + k; };
// CHECK-NEXT:   auto b = [=, &self] { return self.w + k; };

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int n = 3;
};
struct T : coop::Service {
  Kv kv;
  int w = 2;
  int helper(int k) {
    auto a = [this, k] { return w + kv.n + k; };
    auto b = [=, this] { return w + k; };
    return a() + b();
  }
  int run(this auto& self) {
    std::printf("%d\n", self.helper(4));
    return 0;
  }
};
