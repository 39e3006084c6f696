// Contracts are compiled, and leave no trace: neither do what only they name. With --contracts they
// are checks.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*(COOP_|contract|coop|only_in|ONLY_IN|climits|INT_MAX|algorithm>  .*t$).*}}'
// SAYS: 5

// RUN: %combine --device=cpu --contracts services/t.h -o %t/checks.cpp && %gxx %t/checks.cpp -o %t/checks
// RUN: %t/checks | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --check-prefix=KEPT --input-file=%t/checks.cpp '--implicit-check-not={{COOP_|broken_invariant}}'
// RUN: not --crash %t/checks --layer=9 2>&1 | FileCheck %s --check-prefix=BROKEN --match-full-lines
// BROKEN: broken contract: Kv::append expects layer < 9
// RUN: not --crash %t/checks --kv.tokens=1000 2>&1 | FileCheck %s --check-prefix=PEER --match-full-lines
// PEER: broken contract: Kv::append expects self.limit.value() >= self.tokens && "of the peer"[0] == 'o'

// CHECK:      #define TWICE(x) ((x) * 2)

// CHECK:      /// Adds.
// CHECK-NEXT: inline int add(int a, int b) { return a + b; }
// KEPT:      inline int add(int a, int b) {
// KEPT-NEXT:   check_contract(only_in_contracts(a) && b < INT_MAX,
// KEPT-NEXT:                  "services/t.h expects only_in_contracts(a) && b < INT_MAX");  // else too much
// KEPT-NEXT:   return a + b;

// CHECK:      struct Limit {
// CHECK-NEXT:   int most = 9;
// CHECK-NEXT: };

// CHECK:      struct Kv {
// CHECK-NEXT:   int tokens = 3;  ///< How many.
// CHECK-EMPTY:
// CHECK-NEXT:   int append(int /*layer*/, int times) {
// CHECK-NEXT:     for (int i = 0; i < times; ++i) {
// CHECK-NEXT:     }
// CHECK-NEXT:     if (times > 1) {
// CHECK-NEXT:     } else
// CHECK-NEXT:       tokens = TWICE(tokens);
// CHECK-NEXT:     tokens = add(tokens, times);
// CHECK-NEXT:     // About what follows the contract.
// CHECK-NEXT:     return tokens;
// CHECK-NEXT:   }
// CHECK-NEXT: };
// KEPT:      int kv_append(T& self, int layer, int times) {
// KEPT-NEXT:   // About the two.
// KEPT-NEXT:   check_contract(ONLY_IN_CONTRACTS(layer), "Kv::append expects ONLY_IN_CONTRACTS(layer)");
// KEPT-NEXT:   check_contract(
// KEPT-NEXT:       self.limit.value() >= self.kv.tokens && "of the peer"[0] == 'o',
// KEPT-NEXT:       "Kv::append expects self.limit.value() >= self.tokens && \"of the peer\"[0] == 'o'");
// KEPT:        const int before = self.kv.tokens;
// KEPT-NEXT:   for (int i = 0; i < times; ++i) check_contract(i >= 0, "Kv::append expects i >= 0");
// KEPT-NEXT:   if (times > 1)
// KEPT-NEXT:     check_contract(layer < 9, "Kv::append expects layer < 9");
// KEPT-NEXT:   else
// KEPT-NEXT:     self.kv.tokens = TWICE(self.kv.tokens);
// KEPT-NEXT:   self.kv.tokens = add(self.kv.tokens, times);
// KEPT-NEXT:   // About what follows the contract.
// KEPT-NEXT:   check_contract(self.kv.tokens >= before, "Kv::append ensures self.tokens >= before");
// KEPT-NEXT:   const auto is_low = [&](int row) { return row < self.kv.tokens; };
// KEPT-NEXT:   check_contract(is_low(0), "Kv::append ensures is_low(0)");
// KEPT-NEXT:   return self.kv.tokens;

// CHECK:      int t_run(T& self, int layer = 1) {
// CHECK-NEXT:   std::printf("%d\n", self.kv.append(layer, 2));

//--- artifacts/helpers.h
#pragma once
#define ONLY_IN_CONTRACTS(x) ((x) < 1000)
#define TWICE(x) ((x) * 2)
inline bool only_in_contracts(int x) { return x < 1000000; }

//--- services/t.h
#include <coop/service.h>

#include <algorithm>
#include <climits>
#include <cstdio>

#include "artifacts/helpers.h"

/// Adds.
inline int add(int a, int b) {
  COOP_EXPECTS(only_in_contracts(a) && b < INT_MAX);  // else too much
  return a + b;
}

struct Limit : coop::Artifact {
  int most = 9;
  int value(this auto& self) { return std::max(self.most, 1); }
};

struct Kv : coop::Artifact {
  int tokens = 3;  ///< How many.

  /// Not fewer than none.
  COOP_INVARIANT(tokens >= 0 && self.limit.value() > 0);
  COOP_INVARIANT(tokens < 100);  // or so

  int append(this auto& self, int layer, int times) {
    // About the two.
    COOP_EXPECTS(ONLY_IN_CONTRACTS(layer));
    COOP_EXPECTS(self.limit.value() >= self.tokens && "of the peer"[0] == 'o');

    const int before = self.tokens;  // for the end
    for (int i = 0; i < times; ++i) COOP_EXPECTS(i >= 0);
    if (times > 1)
      COOP_EXPECTS(layer < 9);
    else
      self.tokens = TWICE(self.tokens);
    self.tokens = add(self.tokens, times);
    // About what follows the contract.
    COOP_ENSURES(
        self.tokens >=
        before);
    const auto is_low = [&](int row) { return row < self.tokens; };
    COOP_ENSURES(is_low(0));
    return self.tokens;
  }
};
struct T : coop::Service {
  Kv kv;
  Limit limit;
  COOP_INVARIANT(true);
  int run(this auto& self, int layer = 1) {
    COOP_EXPECTS(layer < 100);
    std::printf("%d\n", self.kv.append(layer, 2));
    return 0;
  }
};
