// Who lets whole stretches go keeps fewer of some longer inputs, which is no mistake.
// RUN: %split && %combine test --no-keep artifacts/stretches.h | FileCheck %s
// CHECK: law {{[0-9]+}} ok, {{[0-9]+}} do not apply

//--- artifacts/stretches.h
#include <coop/artifact.h>
/// Of each whole stretch behind the newest one, the first token stays.
struct Stretches : coop::Artifact {
  int stretch = 8;  ///< Tokens of one; range 2..24.
  void after_append(this auto& self, int layer) {
    int begin = 0;  // of what was not looked at in this round
    while (begin + self.stretch <= self.kv_cache.length(layer) - self.stretch) {
      self.kv_cache.erase(layer, begin + 1, begin + self.stretch);
      begin += 1;
    }
  }
};
