// Any other mistake keeps Clang's words, at the author's line.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  const char* name(this auto&) { return "kv"; }
};

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK: wrong_type.cpp:[[#@LINE+1]]:9: error: cannot initialize a variable of type 'int' with an rvalue of type 'const char *' [cpp]
    int length = self.kv_cache.name();
    return length;
  }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
