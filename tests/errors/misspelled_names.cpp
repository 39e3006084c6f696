// Types, members and names of the standard library that are nearly right: each with what was meant.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <vector>

struct Block {
  int first = 1;
};

struct KvCache : coop::Artifact {
  // CHECK: misspelled_names.cpp:[[#@LINE+2]]:3: error: unknown type name 'Blok' [cpp]
  // CHECK: note: did you mean 'Block'?
  Blok wrong;
  Block block;
  // CHECK: misspelled_names.cpp:[[#@LINE+2]]:8: error: no template named 'vectr' in namespace 'std' [cpp]
  // CHECK: note: did you mean 'vector'?
  std::vectr<int> numbers;
  int get(this auto& self) {
    std::vector<int> own;
    // CHECK: misspelled_names.cpp:[[#@LINE+2]]:9: error: no member named 'push_bak' in 'std::vector<int>' [cpp]
    // CHECK: note: did you mean 'push_back'?
    own.push_bak(3);
    // CHECK: misspelled_names.cpp:[[#@LINE+2]]:23: error: no member named 'frst' in 'Block' [cpp]
    // CHECK: note: did you mean 'first'?
    return self.block.frst;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
