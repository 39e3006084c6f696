// A slot without a default must be filled.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

template <class Compressor>
// CHECK: slot_without_artifact.cpp:[[#@LINE+1]]:8: error: slot Compressor of Decode has no default and was given no artifact [slot-without-artifact]
struct Decode : coop::Service {
  Compressor compressor;
  int run(this auto& self) { return self.compressor.keep; }
};
// CHECK: note: choose one: --with Compressor=ARTIFACT
