// What was known of one sequence has no say in the next.
// RUN: %split && not %combine test --no-keep artifacts/keeps.h | FileCheck %s
// RUN: %combine test --no-keep artifacts/clears.h
// CHECK: FAILED law a_second_sequence_begins_anew
// CHECK-NEXT: a second sequence is as it is for a fresh artifact
// CHECK-NEXT: broken: alone kv_cache[0]: {{.*}}, behind another kv_cache[0]:

// RUN: not %combine test --no-keep artifacts/remembers.h | FileCheck %s --check-prefix=TEXT
// TEXT: FAILED law a_second_text_begins_anew
// TEXT-NEXT: a second text is as it is for a fresh artifact

//--- artifacts/remembers.h
#include <coop/artifact.h>
struct Remembers : coop::Artifact {
  float temperature = 0.0f;  ///< range 0.0..2.0
  void after_reset(this auto&) {}
  /// The likeliest, by less for the last one that was drawn.
  int sample(this auto& self, const float* logits, int count) {
    int best = 0;
    const float less = 2 + self.temperature;
    const auto logit = [&](int i) { return logits[i] - (i == self.last ? less : 0); };
    for (int i = 1; i < count; ++i)
      if (logit(i) > logit(best)) best = i;
    return self.last = best;
  }

 private:
  int last = -1;
};
//--- artifacts/keeps.h
#include <coop/artifact.h>
#include <map>
struct Keeps : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_reset(this auto&) {}
  void after_append(this auto& self, int layer) {
    int& dropped = self.dropped[layer];
    for (; dropped + self.size < self.kv_cache.next_position(layer); ++dropped)
      self.kv_cache.erase(layer, 0, 1);
  }

 private:
  std::map<int, int> dropped;
};
//--- artifacts/clears.h
#include <coop/artifact.h>
#include <map>
struct Clears : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_reset(this auto& self) { self.dropped.clear(); }
  void after_append(this auto& self, int layer) {
    int& dropped = self.dropped[layer];
    for (; dropped + self.size < self.kv_cache.next_position(layer); ++dropped)
      self.kv_cache.erase(layer, 0, 1);
  }

 private:
  std::map<int, int> dropped;
};
