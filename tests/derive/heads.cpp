// A head decides by what it is given, and not by its place.
// RUN: %split && not %combine test --no-keep artifacts/first.h | FileCheck %s
// RUN: sed 's/of_head = keys.data()/&+head*length*dim/' artifacts/first.h > artifacts/each.h
// RUN: %combine test --no-keep artifacts/each.h
// CHECK: FAILED law heads_are_treated_alike
// CHECK-NEXT: when two heads change what they are given, they do not change what they keep
// CHECK-NEXT: as in: Scenario{

//--- artifacts/first.h
#include <coop/artifact.h>
#include <vector>
/// The largest first channel of keys stays.
struct First : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_append(this auto& self, int layer) {
    while (self.kv_cache.length(layer) > self.size) {
      const int length = self.kv_cache.length(layer);
      const auto keys = self.kv_cache.copy_keys(layer, 0, length);
      std::vector<std::vector<int>> slots;
      for (int head = 0; head < 2; ++head) {
        int least = 0;
        const int dim = static_cast<int>(keys.size()) / 2 / length;
        const float* of_head = keys.data();  // of the first, whoever it is
        for (int i = 1; i < length; ++i)
          if (of_head[i * dim] < of_head[least * dim]) least = i;
        slots.emplace_back();
        for (int i = 0; i < length; ++i)
          if (i != least) slots.back().push_back(i);
      }
      self.kv_cache.keep(layer, slots);
    }
  }
};
