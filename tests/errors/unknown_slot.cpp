// --with names a slot that the service does not have.
// RUN: %refused --with Compresor=Full %s 2>&1 | %check
#include <coop/service.h>

struct Full : coop::Artifact {
  int keep = 3;
};

template <class Compressor = Full>
// CHECK: unknown_slot.cpp:[[#@LINE+1]]:8: error: service Decode has no slot 'Compresor' [unknown-slot]
struct Decode : coop::Service {
  Compressor compressor;
  int run(this auto& self) { return self.compressor.keep; }
};
// CHECK: note: {{.*}}Compressor
