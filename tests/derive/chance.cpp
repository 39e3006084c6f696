// Samplers of whose settings no name says anything: how often tokens come.
// RUN: %split && %combine test --no-keep artifacts/right.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/>> 11/>> 12/' artifacts/right.h > artifacts/half.h
// RUN: not %combine test --no-keep artifacts/half.h | FileCheck %s --check-prefix=HALF
// RUN: sed 's/++self.draws \*/0 */' artifacts/right.h > artifacts/stuck.h
// RUN: not %combine test --no-keep artifacts/stuck.h | FileCheck %s --check-prefix=STUCK
// RUN: sed 's/total = 0.0/total = 1.0/' artifacts/right.h > artifacts/bent.h
// RUN: not %combine test --no-keep artifacts/bent.h | FileCheck %s --check-prefix=BENT
// HALF: FAILED law near_equals_come_alike
// HALF-NEXT: of tokens that are nearly equal those that come, come as often
// HALF-NEXT: broken: of {{[0-9]+}} tokens one was drawn
// STUCK: FAILED law near_equals_come_alike
// STUCK-NEXT: of tokens that are nearly equal those that come, come as often
// STUCK-NEXT: broken: with another seed token
// BENT: FAILED law draws_follow_some_softmax
// BENT-NEXT: tokens that come, come as often as some softmax of their logits
// FINE: law {{[0-9]+}} ok

//--- artifacts/right.h
#include <coop/artifact.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>
struct Right : coop::Artifact {
  float sharpness = 0.7f;  ///< Of the likeliest; range 0.1..3.0.
  int seed = 1;            ///< range 0..1000
  int sample(this auto& self, const float* logits, int count) {
    const double largest = *std::max_element(logits, logits + count);
    std::vector<double> weights;
    double total = 0.0;
    for (int i = 0; i < count; ++i) {
      weights.push_back(std::exp((logits[i] - largest) * self.sharpness));
      total += weights.back();
    }
    double left = self.uniform() * total;
    int token = 0;
    while (token + 1 < count && (left -= weights[token]) >= 0) ++token;
    return token;
  }

 private:
  double uniform(this auto& self) {
    uint64_t bits = static_cast<uint64_t>(self.seed) * 0xD1342543DE82EF95u;
    bits += ++self.draws * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return static_cast<double>((bits ^ (bits >> 31)) >> 11) / 0x1p53;
  }
  uint64_t draws = 0;
};
