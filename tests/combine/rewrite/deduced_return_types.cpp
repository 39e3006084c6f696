// A deduced return type is written out where its body may stand below its use; a lambda's cannot
// be, and no more can a local struct's.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 4 9 2 5 7.5 7
// RUN: FileCheck %s --input-file=out.cpp
// CHECK-DAG: {{^}}int& first_at(T& self, int i)
// CHECK-DAG: {{^}}std::vector<int> first_get(T& self)
// CHECK-DAG: {{^}}double first_number(T& self)

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <vector>

struct First : coop::Artifact {
  std::vector<int> rows = {1, 2};
  int before(this auto& self) { return self.own() + 1; }
  auto own(this auto& self) { return self.rows[0] + 2; }
  auto& at(this auto& self, int i) { return self.rows[i + self.second.step - 1]; }
  auto get(this auto& self) { self.second.step = 1; return self.rows; }
  auto adder(this auto& self) { return [&self](int x) { return x + self.second.step; }; }
  auto pair(this auto& self) {
    struct Local {
      int step, more;
    };
    return Local{self.second.step, 6};
  }
  auto number(this auto& self) { return self.second.step * 7.5; }
};
struct Second : coop::Artifact {
  int step = 1;
  auto rows(this auto& self) {
    self.first.at(0) = 9;
    return self.first.get();
  }
};
struct T : coop::Service {
  First first;
  Second second;
  int run(this auto& self) {
    std::printf("%d ", self.first.before());
    std::printf("%d %d ", self.second.rows()[0], self.second.rows()[1]);
    std::printf("%d %g ", self.first.adder()(4), self.first.number());
    const auto pair = self.first.pair();
    std::printf("%d\n", pair.step + pair.more);
    return 0;
  }
};
