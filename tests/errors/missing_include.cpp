// A name of the standard library that nothing includes: its header, once for each file.
// RUN: %refused %s 2>&1 | %check
// CHECK: missing_include.cpp:[[#@LINE+5]]:3: error: 'std::vector' is declared in <vector>, which nothing here includes [missing-include]
// CHECK: missing_include.cpp:[[#@LINE+1]]:1: note: write `#include <vector>` below this
#include <coop/service.h>

struct KvCache : coop::Artifact {
  std::vector<int> first;
  std::vector<int> second;
  int get(this auto& self) {
    // CHECK: missing_include.cpp:[[#@LINE+1]]:29: error: 'strlen' is declared in <cstring>, which nothing here includes [missing-include]
    return static_cast<int>(strlen("tokens"));
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
