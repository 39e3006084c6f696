// An artifact behind an alias of a class is not seen in the text; types see it, and say so.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};
struct Choice {
  using Cache = KvCache;
};

struct Decode : coop::Service {
  // CHECK: unrecognized_artifact.cpp:[[#@LINE+1]]:17: error: 'kv_cache' is an artifact, but its type is not written as a class name [unrecognized-artifact]
  Choice::Cache kv_cache;
  int run(this auto& self) { return self.kv_cache.tokens; }
};
