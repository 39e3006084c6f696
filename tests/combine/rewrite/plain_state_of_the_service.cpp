// What the service keeps for itself stays in the state, with its types, comments and helpers.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 1 2 15 4 13
// CHECK-LABEL: struct T {
// CHECK-NEXT:   enum class Mode { kSlow, kFast };
// CHECK-NEXT:   struct Inner {
// CHECK-NEXT:     int z = 4;
// CHECK-NEXT:   };
// CHECK-NEXT:   static constexpr int kStep = 5;
// CHECK-NEXT:   Kv kv;
// CHECK-NEXT:   Comp comp;
// CHECK-NEXT:   /// What was seen.
// CHECK-NEXT:   std::vector<int> log = {1, 2};
// CHECK-NEXT:   int count = 0;  ///< Of everything.
// CHECK-NEXT:   Mode mode = Mode::kFast;
// CHECK-NEXT:   Inner inner;
// CHECK-NEXT: };
// CHECK-LABEL: int t_run(T& self, int argc, char**) {
// CHECK-NEXT:   t_add(self, argc);
// CHECK-NEXT:   t_add(self, 1);
// CHECK-NEXT:   self.log.push_back(self.inner.z);
// CHECK-NEXT:   std::printf("%d %d %d %d", self.mode == T::Mode::kFast, self.count, T::kStep * self.kv.tokens,
// CHECK-NEXT:               self.log.back());
// CHECK-NEXT:   return t_show(self, [&] { return kv_far(self) + t_scale(1); });
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <vector>

struct Kv : coop::Artifact {
  int tokens = 3;
  int far(this auto& self) { return self.tokens * self.comp.window; }
};
struct Comp : coop::Artifact {
  int window = 2;
};
struct T : coop::Service {
  enum class Mode { kSlow, kFast };
  struct Inner {
    int z = 4;
  };
  static constexpr int kStep = 5;

  Kv kv;
  Comp comp;
  /// What was seen.
  std::vector<int> log = {1, 2};
  int count = 0;  ///< Of everything.
  Mode mode = Mode::kFast;
  Inner inner;

  int run(int argc, char**) {
    add(argc);
    this->add(1);
    log.push_back(inner.z);
    std::printf("%d %d %d %d", mode == Mode::kFast, count, kStep * kv.tokens, log.back());
    return show([&] { return kv.far() + scale(1); });
  }

 private:
  void add(int x) { count += x; }
  static int scale(int x) { return x * 7; }
  template <class F>
  int show(F more) const {
    std::printf(" %d\n", more());
    return 0;
  }
};
