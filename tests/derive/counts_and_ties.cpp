// A field that counts is what it counts; among equals the author's word decides who stays.
// RUN: %split && %combine test artifacts/right.h | FileCheck artifacts/right.h
// RUN: FileCheck %s --check-prefix=PRINTED --input-file=generated/tests/right_test.cpp '--implicit-check-not={{MATTERS.*dropped}}'
// RUN: sed 's/self.dropped += old - /self.dropped += 1 + old - /' artifacts/right.h > artifacts/off.h
// RUN: sed -i 's/: a < b/: a > b/' artifacts/off.h
// RUN: not %combine test artifacts/off.h | FileCheck %s --check-prefix=OFF
// RUN: %combine test artifacts/draws.h | FileCheck artifacts/draws.h
// RUN: sed 's/ties: lower/ties: higher/' artifacts/draws.h > artifacts/highest.h
// RUN: not %combine test artifacts/highest.h | FileCheck %s --check-prefix=DRAWN
// RUN: not %combine test artifacts/unknown.h 2>&1 | FileCheck artifacts/unknown.h
// RUN: sed -i 's/rows eaten/calls of f/' artifacts/unknown.h
// RUN: %combine test artifacts/unknown.h | FileCheck %s --check-prefix=UNTESTED
// PRINTED: field_of<Subject>("dropped", &Subject::dropped, {0, 0})
// PRINTED: COOP_COUNTS(Right, dropped, rows_dropped)
// PRINTED-NEXT: COOP_COUNTS(Right, calls, calls_of("after_attention"))
// PRINTED-NEXT: COOP_TIES(Right, older)
// OFF: FAILED counts dropped
// OFF-NEXT: field dropped is what it counts
// OFF-NEXT: broken: dropped is {{[0-9]+}}, and there were
// OFF: FAILED ties older
// OFF-NEXT: among equals, older tokens are kept
// OFF-NEXT: broken: of tokens 0 to 19, all alike, it keeps
// DRAWN: FAILED ties higher
// DRAWN-NEXT: among equal logits, the higher token is drawn
// UNTESTED: counts 1 ok
// UNTESTED: not tested: ties: older, since only compressors and samplers are known

//--- artifacts/right.h
// CHECK: counts 2 ok · ties 1 ok
#include <coop/artifact.h>
#include <algorithm>
#include <numeric>
#include <vector>
/// ties: older
struct Right : coop::Artifact {
  int heavy = 8;    ///< range 0..64
  int recent = 8;   ///< range 1..64
  int dropped = 0;  ///< counts: rows dropped
  int calls = 0;    ///< How often; counts: calls of after_attention

  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    ++self.calls;
    const int length = self.kv_cache.length(layer), old = length - self.recent;
    if (old <= self.heavy) return;
    std::vector<int> slots(old);
    std::iota(slots.begin(), slots.end(), 0);
    std::sort(slots.begin(), slots.end(), [&](int a, int b) {
      return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
    });
    slots.resize(self.heavy);
    std::sort(slots.begin(), slots.end());
    for (int slot = old; slot < length; ++slot) slots.push_back(slot);
    self.kv_cache.keep(layer, slots);
    self.dropped += old - self.heavy;
  }
};
//--- artifacts/draws.h
// CHECK: ties 1 ok
#include <coop/artifact.h>
#include <algorithm>
struct Draws : coop::Artifact {
  /// ties: lower
  int sample(this auto& self, const float* logits, int vocab_size) {
    return static_cast<int>(std::max_element(logits, logits + vocab_size) - logits);
  }
};
//--- artifacts/unknown.h
// CHECK: [[#@LINE+4]]:{{.*}} nothing counts 'rows eaten'; what can be counted: calls of f [
#include <coop/artifact.h>
/// ties: older
struct Unknown : coop::Artifact {
  int eaten = 0;       ///< counts: rows eaten
  int f() { return ++eaten; }
};
