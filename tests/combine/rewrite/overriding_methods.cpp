// Who overrides a virtual method is called by whoever knows the base alone: it stays, though no
// text calls it. What is only there to be overridden stays as well.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 9 18 8 21 40
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp --implicit-check-not='{{int unused}}'
// CHECK-LABEL: struct Square : Shape {
// CHECK:         int area() const override { return side * side; }
// CHECK-LABEL: struct Scorer {
// CHECK:         virtual int score(int x) = 0;
// CHECK:         virtual int bias() { return 1; }
// CHECK-LABEL: struct Doubling : Scorer {
// CHECK:         int score(int x) override { return factor * x; }
// CHECK:         int bias() override { return 20; }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Shape {
  virtual ~Shape() = default;
  virtual int area() const = 0;
  int twice() const { return 2 * area(); }
};
struct Square : coop::Artifact, Shape {
  int side = 3;
  int area() const override { return side * side; }
  int unused() const { return side; }
};
struct Scorer : coop::Artifact {
  int offset = 1;
  virtual int score(int x) = 0;
  virtual int bias() { return 1; }
  int total(this auto& self, int x) { return self.score(x) + self.bias(); }
  int biased() { return offset + bias(); }
};
struct Doubling : Scorer {
  int factor = 2;
  int score(int x) override { return factor * x; }
  int bias() override { return 20; }
};
struct T : coop::Service {
  Square square;
  Doubling doubling;
  int run(this auto& self) {
    const Shape& shape = self.square;
    std::printf("%d %d %d %d ", shape.area(), shape.twice(), self.doubling.score(4),
                self.doubling.biased());
    std::printf("%d\n", self.doubling.total(10));
    return 0;
  }
};
