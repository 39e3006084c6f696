// `requires` asks whether a hook is called and heard; of the answer nothing is left. A listener of
// whose body constants leave nothing is not called.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*(hooks|after_heat|after_cold|slow).*}}'
// SAYS: 3 6 10
// SAYS-NEXT: 2
// CHECK-LABEL: void kv_append(T& self) {
// CHECK-NEXT:   self.kv.told += 3;
// CHECK-NEXT:   listener_after_weights(self, self.kv.told);
// CHECK-NEXT:   for (auto& each : self.ticks) each.after_ticks(1);
// CHECK-NEXT: }

//--- services/t.h
#include <coop/service.h>

#include <array>
#include <cstdio>

struct Kv : coop::Artifact {
  int told = 0;
  int untold = 10;
  void append(this auto& self) {
    if constexpr (requires { self.hooks.after_weights; }) {
      self.told += 3;
      self.hooks.after_weights(self.told);
    }
    if constexpr (requires { self.hooks.after_heat; }) self.untold += self.slow();
    self.hooks.after_heat(self.told);
    if constexpr (requires { self.hooks.after_cold; }) self.untold += self.slow();
    self.hooks.after_append();
    if constexpr (!requires { self.hooks.after_ticks; }) self.untold += self.slow();
    self.hooks.after_ticks(1);
  }
  int slow(this auto&) { return 100; }
};
struct Listener : coop::Artifact {
  int seen = 0;
  void after_weights(this auto& self, int told) { self.seen += told + self.kv.told; }
  void after_cold(this auto& self) { self.seen += 1000; }
  void after_append(this auto& self) {
    if constexpr (!requires { self.hooks.after_weights; }) self.seen += self.kv.told;
  }
};
struct Ticks : coop::Artifact {
  int sum = 0;
  void after_ticks(this auto& self, int by) { self.sum += by; }
};
struct T : coop::Service {
  Kv kv;
  Listener listener;
  std::array<Ticks, 2> ticks;
  int run(this auto& self) {
    self.kv.append();
    std::printf("%d %d %d\n", self.kv.told, self.listener.seen, self.kv.untold);
    std::printf("%d\n", self.ticks[0].sum + self.ticks[1].sum);
    return 0;
  }
};
