// One mistake in an artifact that is registered three times is one error.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

template <int kScale>
struct KvCache : coop::Artifact {
  int tokens = 3;
  int get(this auto& self) {
    // CHECK: three_instances.cpp:[[#@LINE+1]]:10: error: cannot initialize a variable of type 'int *' with an lvalue of type 'int' [cpp]
    int* first = self.tokens;
    // CHECK: three_instances.cpp:[[#@LINE+1]]:26: error: nothing named 'nobody' is registered in Decode [unregistered-peer]
    return *first + self.nobody.tokens + kScale;
  }
};

struct Decode : coop::Service {
  KvCache<1> first;
  KvCache<2> second;
  KvCache<2> third;
  int run(this auto& self) { return self.first.get() + self.second.get() + self.third.get(); }
};
