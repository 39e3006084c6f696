// A sampler that says a penalty for what it drew.
// RUN: %split && %combine test --no-keep artifacts/right.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/logit > 0 ?/true ?/' artifacts/right.h > artifacts/wrong.h
// RUN: not %combine test --no-keep artifacts/wrong.h | FileCheck %s
// CHECK: FAILED law what_was_drawn_comes_less
// CHECK-NEXT: of two tokens that are nearly equal the other one comes next
// CHECK-NEXT: broken: of -60 -0.5 -0.5625 -60 token 1 is drawn, and then token 1
// FINE: law {{.*}} ok

//--- artifacts/right.h
#include <coop/artifact.h>
#include <vector>
struct Right : coop::Artifact {
  float temperature = 0.0f;         ///< range 0.0..2.0
  float repetition_penalty = 1.5f;  ///< range 1.0..4.0
  /// The likeliest, by less for those that were drawn.
  int sample(this auto& self, const float* logits, int count) {
    self.drawn.resize(count);
    int best = 0;
    float most = -1e30f;
    for (int i = 0; i < count; ++i) {
      float logit = logits[i] + self.temperature * static_cast<float>(i % 3);
      if (self.drawn[i])
        logit = logit > 0 ? logit / self.repetition_penalty : logit * self.repetition_penalty;
      if (logit > most) best = i, most = logit;
    }
    self.drawn[best] = true;
    return best;
  }

 private:
  std::vector<bool> drawn;
};
