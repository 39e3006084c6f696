// What comments say to tests alone leaves no trace, as contracts do. A range, and what a counter
// counts, are for readers, too; and comments of what is no artifact are nobody's notes.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*(example:|ties:|law:|except:|goes on).*}}'
// RUN: %combine --device=cpu --contracts services/t.h -o %t/checks.cpp
// RUN: FileCheck %s --match-full-lines --input-file=%t/checks.cpp '--implicit-check-not={{.*(ties:|law:|except:|goes on).*}}'
// SAYS: 8

// CHECK:      /// Of a struct that is no artifact.
// CHECK-NEXT: /// example: {1} -> 1
// CHECK-NEXT: struct Plain {

// CHECK:      /// Counts.
// CHECK-NEXT: struct Counter {
// CHECK-NEXT:   int step = 1;   ///< Of each tick; range 1..9.
// CHECK-NEXT:   int ticks = 0;  ///< counts: calls of tick

// CHECK:        /// Before the notes.
// CHECK-NEXT:   ///
// CHECK-NEXT:   /// Behind them.
// CHECK-NEXT:   int value() { return ticks; }

// CHECK:      int counter_tick(T& self) {

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

/// Of a struct that is no artifact.
/// example: {1} -> 1
struct Plain {
  int one = 1;
};

/// Counts.
///
/// law: counts_what_it_says
/// except: same_again (it counts on,
///     and what goes on is a part of it)
struct Counter : coop::Artifact {
  int step = 1;       ///< Of each tick; range 1..9.
  int ticks = 0;      ///< counts: calls of tick

  /// example: tick() -> 1
  int tick(this auto& self) {
    self.ticks += self.step * self.by.step;
    return self.ticks;
  }

  /// Before the notes.
  ///
  /// ties: older
  /// Behind them.
  int value(this auto& self) { return self.ticks; }
};
struct By : coop::Artifact {
  int step = 8;
  Plain plain;
};
struct T : coop::Service {
  Counter counter;
  By by;
  int run(this auto& self) {
    self.counter.tick();
    std::printf("%d\n", self.counter.value() * self.by.plain.one);
    return 0;
  }
};
