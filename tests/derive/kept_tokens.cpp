// How many tokens a compressor keeps, where fields say it, all of them or the mean of its layers;
// and heads of which each key is turned.
// RUN: %split && %combine test --no-keep artifacts/falls.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/<= budget/<= budget + 1/; s/- budget)/- budget - 1)/' artifacts/falls.h \
// RUN:   > artifacts/more.h
// RUN: not %combine test --no-keep artifacts/more.h | FileCheck %s --check-prefix=MORE
// RUN: sed 's/self.slope \* (1 - layer)/self.slope * (2 - layer)/' artifacts/falls.h \
// RUN:   > artifacts/wider.h
// RUN: not %combine test --no-keep artifacts/wider.h | FileCheck %s --check-prefix=WIDER
// RUN: %combine test --no-keep artifacts/turns.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/gone = dropped/gone = dropped + 1/' artifacts/turns.h > artifacts/astray.h
// RUN: not %combine test --no-keep artifacts/astray.h | FileCheck %s --check-prefix=ASTRAY
// RUN: %combine test --no-keep artifacts/lowest.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/First layers,/What comes first:/' artifacts/lowest.h > artifacts/unsaid.h
// RUN: not %combine test --no-keep artifacts/unsaid.h | FileCheck %s --check-prefix=UNSAID
// FINE: law {{[0-9]+}} ok
// UNSAID: FAILED law layers_are_alike
// MORE: FAILED law as_many_are_kept_as_fields_say
// MORE-NEXT: as many tokens are kept of a long input as fields say
// MORE-NEXT: broken: by budget slope it is {{[0-9]+}}, and {{[0-9]+}} are kept
// WIDER: FAILED law layers_keep_the_budget_on_average
// WIDER-NEXT: layers keep `budget` tokens on average
// WIDER-NEXT: broken: in {{[0-9]+}} configurations, and in {{[0-9]+}} others with budget
// ASTRAY: FAILED law turned_keys_close_the_gap
// ASTRAY-NEXT: a turned key stands as near to what follows as its slot does

//--- artifacts/falls.h
#include <coop/artifact.h>
#include <algorithm>
/// The newest `budget` tokens on average: more in the lowest layer, and fewer in the highest.
struct Falls : coop::Artifact {
  int budget = 8;  ///< range 4..48
  int slope = 0;   ///< range 0..3
  void after_append(this auto& self, int layer) {
    const int budget = self.layer_budget(layer), length = self.kv_cache.length(layer);
    if (length <= budget) return;
    self.kv_cache.erase(layer, 0, length - budget);
  }
  int layer_budget(this auto& self, int layer) { return self.budget + self.slope * (1 - layer); }
};
//--- artifacts/lowest.h
#include <coop/artifact.h>
struct Lowest : coop::Artifact {
  int window = 8;  ///< range 1..48
  int whole = 1;   ///< First layers, which keep all; range 0..2.
  void after_append(this auto& self, int layer) {
    const int dropped = self.kv_cache.length(layer) - self.window;
    if (layer >= self.whole && dropped > 0) self.kv_cache.erase(layer, 0, dropped);
  }
};
//--- artifacts/turns.h
#include <coop/artifact.h>
#include <vector>
/// The first token, and the newest behind it.
struct Turns : coop::Artifact {
  int window = 8;  ///< range 1..48
  void after_append(this auto& self, int layer) {
    const int dropped = self.kv_cache.length(layer) - self.window - 1;
    if (dropped <= 0) return;
    self.kv_cache.erase(layer, 1, 1 + dropped);
    const int gone = dropped;
    std::vector<int> turns(self.kv_cache.length(layer));
    turns[0] = gone;
    self.kv_cache.turn_keys(layer, std::vector<std::vector<int>>(2, turns));
  }
};
