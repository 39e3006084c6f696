// --with names an artifact that no header defines; the nearest is suggested.
// RUN: %refused --with Compressor=StreamingLm %s 2>&1 | %check
// CHECK: combine: error: no header defines an artifact named 'StreamingLm' [artifact-not-found]
// CHECK-NEXT: note: did you mean StreamingLlm?
// CHECK-NEXT: note: headers below artifacts/ were searched
#include <coop/service.h>

struct Full : coop::Artifact {
  int keep = 3;
};

template <class Compressor = Full>
struct Decode : coop::Service {
  Compressor compressor;
  int run(this auto& self) { return self.compressor.keep; }
};
