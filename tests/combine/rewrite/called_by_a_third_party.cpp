// What only a third party's template calls is read as well: its body is instantiated, since its
// arguments come back to what the author wrote.
// RUN: %split && %same services/t.h | FileCheck %s
// CHECK: 6

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

struct KvCache : coop::Artifact {
  int drop(this auto& self, int rows) { return self.tokens += rows; }
  int tokens = 3;
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    const auto dropping = [&self](auto rows) -> int { return self.kv_cache.drop(rows); };
    const std::function<int(int)> later = dropping;
    return later(3);
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) {
    std::printf("%d\n", self.compressor.compress());
    return 0;
  }
};
