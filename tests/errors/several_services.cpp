// Two services in one header.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct First : coop::Service {
  int run(this auto&) { return 0; }
};

// CHECK: several_services.cpp:[[#@LINE+1]]:8: error: '{{.*}}several_services.cpp' declares several services: First, Second [several-services]
struct Second : coop::Service {
  int run(this auto&) { return 0; }
};
// CHECK: note: put each into a header of its own
