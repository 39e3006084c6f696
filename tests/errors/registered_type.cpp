// What is wrong with the type of a registered member is told there, not in what combine made of it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

template <int kScale>
struct KvCache : coop::Artifact {
  int get(this auto&) { return kScale; }
};

struct Abstract : coop::Artifact {
  virtual int get() = 0;
};

struct Decode : coop::Service {
  // CHECK: registered_type.cpp:[[#@LINE+1]]:3: error: value of type 'const char[6]' is not implicitly convertible to 'int' [cpp]
  KvCache<"first"> kv_cache;
  // CHECK: registered_type.cpp:[[#@LINE+1]]:3: error: field type 'abstract' is an abstract class [cpp]
  Abstract abstract;
  int run(this auto& self) { return self.kv_cache.get(); }
};
