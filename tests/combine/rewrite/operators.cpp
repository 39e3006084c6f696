// Operators, conversions and range-for work on members, so they stay as written.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 125
// CHECK-LABEL: struct Kv {
// CHECK-NEXT:   int rows[3] = {1, 2, 3};
// CHECK-NEXT:   int& operator[](int i) { return rows[i]; }
// CHECK-NEXT:   int operator()(int x) { return rows[0] + x; }
// CHECK-NEXT:   explicit operator bool() { return rows[1] > 0; }
// CHECK-NEXT:   int* begin() { return rows; }
// CHECK-NEXT:   int* end() { return rows + 3; }
// CHECK-NEXT:   auto& operator++() {
// CHECK-NEXT:     ++rows[0];
// CHECK-NEXT:     return (*this);
// CHECK-NEXT:   }
// CHECK-NEXT:   bool operator==(int x) const { return rows[0] == x; }
// CHECK-NEXT: };
// CHECK-LABEL: int comp_sum(T& self) {
// CHECK-NEXT:   int total = 0;
// CHECK-NEXT:   for (int x : self.kv) total += x;
// CHECK-NEXT:   ++self.kv;
// CHECK-NEXT:   if (self.kv) total += self.kv[1] + self.kv(5);
// CHECK-NEXT:   if (self.kv == 2) total += 100;
// CHECK-NEXT:   self.kv[2] = 6;
// CHECK-NEXT:   for (int& x : self.kv) total += x;
// CHECK-NEXT:   return total;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int rows[3] = {1, 2, 3};
  int& operator[](this auto& self, int i) { return self.rows[i]; }
  int operator()(this auto& self, int x) { return self.rows[0] + x; }
  explicit operator bool(this auto& self) { return self.rows[1] > 0; }
  int* begin(this auto& self) { return self.rows; }
  int* end(this auto& self) { return self.rows + 3; }
  auto& operator++(this auto& self) {
    ++self.rows[0];
    return self;
  }
  bool operator==(int x) const { return rows[0] == x; }
};
struct Comp : coop::Artifact {
  int sum(this auto& self) {
    int total = 0;
    for (int x : self.kv) total += x;
    ++self.kv;
    if (self.kv) total += self.kv[1] + self.kv(5);
    if (self.kv == 2) total += 100;
    self.kv[2] = 6;
    for (int& x : self.kv) total += x;
    return total;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.sum());
    return 0;
  }
};
