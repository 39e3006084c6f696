// Where a peer lies, as tests of relevance let it, or a hook is not called, an artifact may read
// where nothing is: that is no mistake of its own.
// RUN: %split && %combine test --no-keep artifacts/counts_on.h | FileCheck %s
// CHECK: relevance {{[0-9]+}} ok ·

// What it reads beyond a vector's end by itself is one, and is told as such.
// RUN: sed 's/slot < given.size()/slot <= given.size()/' artifacts/counts_on.h > artifacts/beyond.h
// RUN: not %combine test --no-keep artifacts/beyond.h | FileCheck %s --check-prefix=BEYOND
// BEYOND: FAILED smoke boundary_values
// BEYOND-NEXT: Assertion '__n < this->size()' failed
// BEYOND-NEXT: at artifacts/beyond.h:18:
// BEYOND-NEXT: on Scenario{

//--- artifacts/counts_on.h
#include <coop/artifact.h>
#include <algorithm>
#include <map>
#include <vector>
/// Of each layer the tokens stay that were given most.
struct CountsOn : coop::Artifact {
  int budget = 8;  ///< range 1..48
  void after_reset(this auto& self) { self.given.clear(); }
  /// weights  of each token of the layer, by the newest
  void after_scores(this auto& self, int layer, const std::vector<float>& weights) {
    self.given[layer] = weights;
  }
  void after_append(this auto& self, int layer) {
    std::vector<float>& given = self.given[layer];
    const int length = self.kv_cache.length(layer), over = length - self.budget;
    if (over <= 0) return;
    std::vector<float> shares(length);  // new ones have none
    for (size_t slot = 0; slot < given.size(); ++slot) shares[slot] = given[slot];
    for (int i = 0; i < over; ++i) {
      const auto least = std::min_element(shares.begin(), shares.end()) - shares.begin();
      self.kv_cache.erase(layer, least, least + 1);
      shares.erase(shares.begin() + least);
    }
    given = shares;
  }

 private:
  std::map<int, std::vector<float>> given;
};
