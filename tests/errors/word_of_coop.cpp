// Nothing of <coop/artifact.h> is emitted, so text that stays cannot name it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <type_traits>

template <class T>
// CHECK-DAG: word_of_coop.cpp:[[#@LINE+1]]:46: error: this names coop::Artifact, of which nothing is emitted [word-of-coop]
concept IsArtifact = std::is_base_of_v<coop::Artifact, T>;

template <IsArtifact A>
int tokens_of(A& a) {
  return a.tokens;
}

struct KvCache : coop::Artifact {
  int tokens = 3;
  // CHECK-DAG: word_of_coop.cpp:[[#@LINE+1]]:3: error: this names coop::Artifact, of which nothing is emitted [word-of-coop]
  Artifact* itself(this auto& self) { return &self; }
  // CHECK-DAG: note: name the artifact's own class, or write `auto&`; only bases and members of a service are of coop
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) {
    return tokens_of(self.kv_cache) + (self.kv_cache.itself() == nullptr);
  }
};
