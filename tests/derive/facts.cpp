// What one artifact is, read from its header alone: no service says what its peers are.
// RUN: %split && %combine test --dump=facts artifacts/thin.h | FileCheck %s --match-full-lines

//--- artifacts/thin.h
#pragma once
#include <coop/artifact.h>

#include <map>
#include <vector>

enum class Order { kOldest, kNewest };

struct Thin : coop::Artifact {
  // CHECK: artifact Thin in artifacts/thin.h
  // CHECK-NEXT: kind compressor, since it calls kv_cache.evict
  // CHECK-NEXT: field budget: int (integer) = 16, range 1..64
  // CHECK-NEXT: field share: float (real) = 0.5f
  // CHECK-NEXT: field order: Order (enum: Order::kOldest, Order::kNewest) = Order::kNewest
  int budget = 16;      ///< Tokens kept; range 1..64.
  float share = 0.5f;
  Order order = Order::kNewest;

  // CHECK-NEXT: method after_append, a hook, reaches peers -> void (nothing)
  // CHECK-NEXT:   parameter which: int (integer), passed to kv_cache.evict 0, kv_cache.length 0
  void after_append(this auto& self, int which) { self.shrink(which); }

  // CHECK-NEXT: method weigh, const -> double (real)
  // CHECK-NEXT:   parameter scores: const float * (pointer to numbers of float)
  // CHECK-NEXT:   parameter count: int (integer), counts what is in front of it
  double weigh(this const auto& self, const float* scores, int count) {
    double sum = 0;
    for (int i = 0; i < count; ++i) sum += scores[i] * self.share;
    return sum;
  }

  // CHECK-NEXT: method clear, ordinary -> void (nothing)
  void clear() { seen = 0; }

  // CHECK-NOT: method
  // CHECK: peer history, optional
  // CHECK-NEXT:   append(1): nothing
  // CHECK-NEXT: peer kv_cache
  // CHECK-NEXT:   evict(2): nothing
  // CHECK-NEXT:   length(1): int
  // CHECK-NEXT: peer meter
  // CHECK-NEXT:   full(0): condition
  // CHECK-NEXT:   level: float
  // CHECK-NEXT: peer stages, indexed
  // CHECK-NEXT:   run(0|1): unknown
  // CHECK-NEXT: calls hook after_evict
  // CHECK-NEXT: uses world
  // CHECK-NEXT: untested each: it is a template beyond self: nobody says for which types
  // CHECK-NEXT: untested operator(): it is an operator
  template <class T>
  T each(this auto& self, T value) {
    return value;
  }
  int operator()(int x) { return x; }

 private:
  void shrink(this auto& self, int layer) {
    auto& cache = self.kv_cache;
    const int length = cache.length(layer);
    if (self.meter.full()) return;
    if (self.share < self.meter.level) self.kv_cache.evict(layer, length - 1);
    self.hooks.after_evict(self.world.rank());
    if constexpr (requires { self.history; }) self.history.append(length);
    auto run = [&](int i) { return self.stages[i].run() + self.stages[0].run(i); };
    run(0);
  }
  int seen = 0;
};
