// Initializers of registered members mean what they meant with the base: designated, braced,
// constructed.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 16 32 62 4 bye
// CHECK-LABEL: struct T {
// CHECK-NEXT:   Pair designated{.b = 6};
// CHECK-NEXT:   Pair assigned = {.a = 3};
// CHECK-NEXT:   Pair braced{6};
// CHECK-NEXT:   Locked locked{4};
// CHECK-NEXT: };

//--- services/t.h
#include <coop/service.h>

#include <atomic>
#include <cstdio>
#include <mutex>

struct Pair : coop::Artifact {
  int a = 1;
  int b = 2;
  int get(this auto& self) { return self.a * 10 + self.b; }
};
class Locked : public coop::Artifact {
  std::mutex mutex;
  std::atomic<int> tokens{3};
  int capacity;

 public:
  explicit Locked(int capacity) : capacity(capacity) {}
  Locked(const Locked&) = delete;
  ~Locked() { std::printf(" bye\n"); }
  int get(this auto& self) {
    std::lock_guard<std::mutex> lock(self.mutex);
    return self.tokens + self.capacity * self.designated.a - 3;
  }
};
struct T : coop::Service {
  Pair designated{.b = 6};
  Pair assigned = {.a = 3};
  Pair braced{{}, 6};
  Locked locked{4};
  int run(this auto& self) {
    std::printf("%d %d %d", self.designated.get(), self.assigned.get(), self.braced.get());
    std::printf(" %d", self.locked.get());
    return 0;
  }
};
