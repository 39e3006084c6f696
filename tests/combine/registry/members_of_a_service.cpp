// What a service registers, in order, with placement; what runs it; what is mere state is not
// listed.
// RUN: %split && %combine --device=cpu --dump=registry services/t.h | FileCheck %s --match-full-lines --implicit-check-not=artifact
// CHECK: service Decode
// CHECK-NEXT: artifact model: Llama (sharded, t.h)
// CHECK-NEXT:   flag --model.layers = 2
// CHECK-NEXT:   method int step(int token)
// CHECK-NEXT: artifact kv_cache: Cache<float, 4> (owned, t.h)
// CHECK-NEXT:   flag --kv_cache.tokens = 3
// CHECK-NEXT: artifact spare: Cache<int> (replicated, t.h)
// CHECK-NEXT:   flag --spare.tokens = 3
// CHECK-NEXT: entry int run(std::string prompt, int steps = 8)
// CHECK-NEXT:   flag --prompt (required)
// CHECK-NEXT:   flag --steps = 8

//--- services/t.h
#include <coop/service.h>

#include <string>

struct Llama : coop::Artifact {
  int layers = 2;
  int step(this auto& self, int token) { return token + self.layers; }
};

template <class Value, int Width = 2>
struct Cache : coop::Artifact {
  int tokens = 3;
  Value values[Width] = {};
};

struct Decode : coop::Service {
  coop::Sharded<Llama, coop::Heads> model;
  int count = 0;
  coop::Owned<Cache<float, 4>> kv_cache;
  std::string name = "plain";
  Cache<int> spare;
  int run(this auto& self, std::string prompt, int steps = 8) {
    self.count = steps + static_cast<int>(prompt.size());
    return self.model.step(self.count);
  }
};
