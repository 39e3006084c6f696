// What the service keeps for itself stays in the state, with its types, comments and helpers.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 1 2 15 4 13

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
