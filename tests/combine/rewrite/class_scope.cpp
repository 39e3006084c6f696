// What a method finds in its class is qualified when it leaves it: constants, types, static
// members.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 52
// CHECK-LABEL: Kv::Mode kv_mode(T& self, Kv::Mode mode = Kv::Mode::kB) {
// CHECK-NEXT:   return self.comp.window > 0 ? mode : Kv::Mode::kA;
// CHECK-NEXT: }
// CHECK-LABEL: Kv::Rows kv_rows(T& self) {
// CHECK-NEXT:   Kv::Rows rows{};
// CHECK-NEXT:   rows[0].v = self.comp.window;
// CHECK-NEXT:   ++Kv::count;
// CHECK-NEXT:   ++Kv::count;
// CHECK-NEXT:   return rows;
// CHECK-NEXT: }
// CHECK-LABEL: std::array<int, Kv::kMax> kv_all(T& self, const Kv::Row& row) {
// CHECK-NEXT:   std::array<int, Kv::kMax> all{};
// CHECK-NEXT:   all[1] = row.v + self.comp.window + Kv::kOld + Kv::kOld + self.kv.clamp(7) + Kv::clamp(9);
// CHECK-NEXT:   return all;
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <array>
#include <cstdio>

struct Kv : coop::Artifact {
  static constexpr int kMax = 4;
  enum class Mode { kA, kB = 6 };
  enum { kOld = 9 };
  struct Row {
    int v = 2;
    int twice() const { return 2 * v; }
  };
  using Rows = std::array<Row, kMax>;
  inline static int count = 0;
  static int clamp(int x) { return x > kMax ? kMax : x; }
  Rows rows(this auto& self) {
    Rows rows{};
    rows[0].v = self.comp.window;
    ++count;
    ++self.count;
    return rows;
  }
  Mode mode(this auto& self, Mode mode = Mode::kB) {
    return self.comp.window > 0 ? mode : Mode::kA;
  }
  std::array<int, kMax> all(this auto& self, const Row& row) {
    std::array<int, kMax> all{};
    all[1] = row.v + self.comp.window + kOld + self.kOld + self.clamp(7) + clamp(9);
    return all;
  }
};
struct Comp : coop::Artifact {
  int window = 1;
  int sum(this auto& self) {
    Kv::Row row;
    row.v = Kv::kMax;
    const int modes =
        static_cast<int>(self.kv.mode()) + static_cast<int>(self.kv.mode(Kv::Mode::kA));
    return self.kv.rows()[0].twice() + modes + self.kv.all(row)[1] + self.kv.kMax + Kv::clamp(8) +
           self.kv.count + Kv::count + self.kv.clamp(1);
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
