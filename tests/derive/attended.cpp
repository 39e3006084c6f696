// Who is told of attention, by the name of an array or of the method that takes it, keeps what was
// attended.
// RUN: %split && %combine test --no-keep artifacts/most.h
// RUN: sed 's/min_element/max_element/; s/Most/Least/' artifacts/most.h > artifacts/least.h
// RUN: not %combine test --no-keep artifacts/least.h | FileCheck %s
// CHECK: FAILED law attention_is_kept

//--- artifacts/most.h
#include <coop/artifact.h>
#include <algorithm>
#include <vector>
struct Most : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_attention(this auto& self, int layer, std::vector<float> given) {
    while (self.kv_cache.length(layer) > self.size) {
      const auto goes = std::min_element(given.begin(), given.end());
      self.kv_cache.erase(layer, goes - given.begin(), goes - given.begin() + 1);
      given.erase(goes);
    }
  }
};
