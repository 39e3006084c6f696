// combine test --ranks holds a service to its rules: on 2, 3 and 4 ranks it gives what one gives,
// and no step calls an owner. What is accepted of its cost stays so.
// RUN: %scratch && cp %s good.h
// RUN: %combine test --ranks --accept -o tests good.h | FileCheck %s --check-prefix=GOOD
// RUN: FileCheck %s --check-prefix=TEST --input-file=tests/adds_up_on_ranks_test.cpp
// RUN: sed 's/squares() \/ 24/squares() \/ 24 + self.numbers.squares()/' %s > dearer.h
// RUN: not %combine test --ranks -o tests dearer.h | FileCheck %s --check-prefix=DEARER
// RUN: sed 's/return out;/return out + 5;/' %s > bad.h
// RUN: not %combine test --ranks -o bad bad.h | FileCheck %s --check-prefix=SUM
// RUN: sed 's/return 24; }/return self.world.size(); }/' %s > same.h
// RUN: not %combine test --ranks -o same same.h | FileCheck %s --check-prefix=SAME
// RUN: sed 's/\/\/ each step/self.counter.add();/' %s > owner.h
// RUN: not %combine test --ranks -o owner owner.h | FileCheck %s --check-prefix=OWNER
// RUN: sed 's/\/\/ each step/if (self.world.rank() == 2) throw std::runtime_error("no third");/' %s > throws.h
// RUN: not %combine test --ranks -o throws throws.h | FileCheck %s --check-prefix=THROWS
// RUN: sed 's/\[\[coop::s[a-z]*\]\] //; s/coop::Owned<Counter>/Counter/' %s > ruleless.h
// RUN: not %combine test --ranks -o ruleless ruleless.h > none || true
// RUN: FileCheck %s --check-prefix=NONE < none
// RUN: not %combine test --ranks 2>&1 | FileCheck %s --check-prefix=USAGE
#include <coop/service.h>

#include <cstdio>
#include <stdexcept>

struct Counter : coop::Artifact {
  int calls = 0;
  void add(this auto& self) { ++self.calls; }
};

/// Numbers 0 to 23, of which each rank has a part.
struct Numbers : coop::Artifact {
  [[coop::sum]] long squares(this auto& self) {
    long out = 0;
    for (int i = self.world.rank(); i < 24; i += self.world.size()) out += i * i;
    return out;
  }
  [[coop::same]] int count(this auto& self) { return 24; }
};

struct AddsUp : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;
  coop::Owned<Counter> counter;

  int run(this auto& self, int steps = 8) {
    self.counter.add();
    for (int i = 0; i < steps; ++i) {
      const double mean = self.numbers.squares() / 24;
      // each step
      if (self.world.rank() == 0) std::printf("%d: %f\n", i, mean + self.numbers.count());
    }
    return 0;
  }
};

// GOOD: AddsUp on 1, 2, 3 and 4 ranks
// GOOD-NEXT: 4 ok
// GOOD-NEXT: in each step on 2 ranks: numbers.squares 1
// GOOD-NEXT: in each step on 3 ranks: numbers.squares 1
// GOOD-NEXT: in each step on 4 ranks: numbers.squares 1
// GOOD-NEXT: 4 tests in {{.*}} s: tests/adds_up_on_ranks_test.cpp

// TEST: // What crosses ranks in AddsUp is on 2, 3 and 4 of them what it is on one: derived from its rules
// TEST: //   combine test --ranks good.h
// TEST: #include "adds_up.cpp"
// TEST: // {{\[\[}}coop::sum]] in good.h
// TEST-NEXT: TEST(AddsUp_on_ranks, numbers_squares) { runs().expect_same("numbers.squares", "sum"); }
// TEST: // {{\[\[}}coop::same]] in good.h
// TEST: expect_cost({"numbers.squares"}, {"counter.add"});

// DEARER: FAILED cost_of_a_step
// DEARER: in each step on 2 ranks: numbers.squares 2
// DEARER: accepted was, in {{.*}}adds_up_on_ranks.golden:
// DEARER-NEXT: in each step on 2 ranks: numbers.squares 1

// SUM: FAILED numbers_squares
// SUM-NEXT: numbers.squares, {{\[\[}}coop::sum]], is another on 2 ranks: its call 1 gives 4334 at 0 of 1, not 4329
// SUM-NEXT: is something that all ranks hold

// SAME: FAILED numbers_count
// SAME-NEXT: numbers.count, {{\[\[}}coop::same]], is another on 2 ranks: one of them gives 2 at 0 of 1, not 1

// OWNER: FAILED cost_of_a_step
// OWNER: calls of counter.add in each step on 2 ranks: the owner of one artifact would wait

// THROWS: FAILED runs_on_any_number_of_them
// THROWS-NEXT: on 3 ranks it exits with 1, and says
// THROWS-NEXT: no third
// THROWS: what the program is told stands behind -- of the command
// THROWS-NOT: in each step

// NONE: nothing could be asserted: nothing crosses ranks

// USAGE: --ranks wants one service
