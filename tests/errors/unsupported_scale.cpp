// Scales that are not there yet are refused by name.
// RUN: %refused --scale=node %s 2>&1 | %check
// CHECK: combine: error: scale node is not built yet [unsupported-scale]
// CHECK-NEXT: note: what works today: --scale=single-gpu
#include <coop/service.h>

struct Decode : coop::Service {
  int run(this auto&) { return 0; }
};
