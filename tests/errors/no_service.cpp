// A header without a service says how one is written.
// RUN: %refused %s 2>&1 | %check
// CHECK: combine: error: '{{.*}}no_service.cpp' declares no service [no-service]
// CHECK-NEXT: note: write `struct Decode : coop::Service { ... };`
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};
