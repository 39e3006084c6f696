// What a method refuses at its beginning is refused as far as its range says; who takes more than
// is meant, is asked far outside.
// RUN: %split && %combine test --no-keep artifacts/refuses.h | FileCheck %s --check-prefix=FINE
// RUN: %combine test --print artifacts/refuses.h | FileCheck %s --check-prefix=TEXT
// RUN: not %combine test --no-keep artifacts/takes.h | FileCheck %s
// RUN: %combine test --explain setting_is_refused | FileCheck %s --check-prefix=EXPLAIN
// FINE: refusals 5 ok
// EXPLAIN: setting_is_refused (testing/refusals.h): A setting that a method compares with a number
// EXPLAIN: /// except: setting_is_refused (of which)

// TEXT: COOP_REFUSES_SETTING(Refuses, take, capacity, below, 0)
// TEXT-NEXT: COOP_REFUSES_SETTING(Refuses, take, share, below, -0.0009765625)
// TEXT-NEXT: COOP_REFUSES_SETTING(Refuses, take, share, above, 1.000977)
// TEXT-NEXT: COOP_REFUSES_SETTING(Refuses, take, penalty, below, -1000)
// TEXT-NEXT: COOP_REFUSES_ARGUMENT(Refuses, take, tokens, below, 0)
// TEXT-NOT: COOP_REFUSES

// CHECK: FAILED refusals take_capacity_below
// CHECK-NEXT: take() refuses what is outside of a range
// CHECK-NEXT: broken: it takes capacity 0
// CHECK: FAILED refusals take_tokens_below
// CHECK-NEXT: take() refuses what is outside of a range
// CHECK-NEXT: broken: it takes 0 as tokens

//--- artifacts/refuses.h
#include <coop/artifact.h>
#include <stdexcept>
/// except: setting_is_refused (excepted)
struct Refuses : coop::Artifact {
  int capacity = 8;      ///< range 1..64
  float share = 0.5f;    ///< range 0.0..1.0
  float penalty = 1.2f;  ///< range 1.0..4.0
  int excepted = 3;      ///< range 1..8
  int used_before = 3;   ///< range 1..8

  /// tokens  range 1..4096
  int take(this auto& self, int tokens) {
    const int used = 100 / self.used_before;
    if (self.capacity < 1) throw std::runtime_error("capacity");
    if (!(self.share >= 0.0f && self.share <= 1.0f)) throw std::runtime_error("share");
    if (!(self.penalty > 0.0f)) {
      throw std::runtime_error("penalty");
    }
    if (tokens < 1 || tokens > self.capacity * 4096) throw std::runtime_error("tokens");
    if (self.excepted < 1) return 0;
    if (self.used_before < 1) throw std::runtime_error("too late");
    return used + tokens * self.capacity + static_cast<int>(8 * self.share * self.penalty);
  }
};
//--- artifacts/takes.h
#include <coop/artifact.h>
#include <stdexcept>
struct Takes : coop::Artifact {
  int capacity = 8;  ///< range 1..64

  /// tokens  range 1..4096
  int take(this auto& self, int tokens) {
    if (self.capacity < 0) throw std::runtime_error("capacity");
    if (tokens < 1) {
    }
    return tokens * self.capacity;
  }
};
