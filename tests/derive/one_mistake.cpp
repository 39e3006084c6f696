// One mistake is told once, however many tests it breaks; a slip in a peer's method, with what it
// has. RUN: %split && not %combine test --no-keep artifacts/window.h | FileCheck %s
// --implicit-check-not=ensures CHECK: broken: its own contract: ensures self.kv_cache.length(layer)
// <= self.size CHECK: also in {{.*}}relevance size{{.*}}law
//
// RUN: %combine test --print artifacts/slip.h | FileCheck %s --check-prefix=SLIP
// SLIP: // Not tested: kv_cache.lenght, since the reference kv_cache cannot be asked for it so; it
// has SLIP-NEXT: // length

//--- artifacts/window.h
#include <coop/artifact.h>
struct Window : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length > self.size) self.kv_cache.erase(layer, 0, length - self.size - 1);
    COOP_ENSURES(self.kv_cache.length(layer) <= self.size);
  }
};
//--- artifacts/slip.h
#include <coop/artifact.h>
struct Slip : coop::Artifact {
  int size = 8;  ///< range 1..48
  void after_append(this auto& self, int layer) {
    if (self.kv_cache.lenght(layer) > self.size) self.kv_cache.erase(layer, 0, 1);
  }
};
