// What was known of one sequence has no say in the next.
// RUN: %split && not %combine test --no-keep artifacts/keeps.h | FileCheck %s
// RUN: %combine test --no-keep artifacts/clears.h
// CHECK: FAILED law a_second_sequence_begins_anew
// CHECK-NEXT: a second sequence is as it is for a fresh artifact
// CHECK-NEXT: broken: alone kv_cache[0]: {{.*}}, behind another kv_cache[0]:

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
