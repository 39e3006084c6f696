// A method of a base needs what derives from it, a method or data: it becomes a function, where
// self is the whole artifact. What needs its own class alone stays a member.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 16 31 3
// CHECK: struct Scorer {
// CHECK: int doubled(int x) { return 2 * x + offset; }
// CHECK: int score() { return this->doubled(7); }
// CHECK: int first_total(T& self) { return self.first.doubled(self.first.score())

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Scorer : coop::Artifact {
  int offset = 1;
  int doubled(this auto& self, int x) { return 2 * x + self.offset; }
  int total(this auto& self) { return self.doubled(self.score()) + self.offset; }
  int limit(this auto& self) { return self.most - 1; }
};
struct Near : Scorer {
  int most = 4;
  int score(this auto&) { return 7; }
};
template <class Base>
struct Twice : Base {
  int most = 8;
  int score(this auto& self) { return self.doubled(7); }
};
struct T : coop::Service {
  Near first;
  Twice<Scorer> second;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.first.total(), self.second.total() - 1, self.first.limit());
    return 0;
  }
};
