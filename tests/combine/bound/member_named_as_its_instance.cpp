// `Tokens tokens` whose member is `tokens`: names of instances are nobody's but the service's.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 3 5 8

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Tokens : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) { return self.tokens; }
  int far(this auto& self) { return self.tokens + self.length.length(); }
};
struct Length : coop::Artifact {
  int length(this auto& self) { return self.tokens.tokens + 2; }
};
struct T : coop::Service {
  Tokens tokens;
  Length length;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.tokens.get(), self.length.length(), self.tokens.far());
    return 0;
  }
};
