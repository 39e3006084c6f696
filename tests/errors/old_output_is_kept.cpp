// An error leaves what was written before as it is, and its map.
// RUN: %scratch && echo old > out.cpp && echo map > out.cpp.map.json
// RUN: not %combine --device=cpu %s -o out.cpp 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: grep -x old out.cpp && grep -x map out.cpp.map.json && ls | count 2
#include <coop/service.h>

struct Compressor : coop::Artifact {
  int compress(this auto& self) {
    // CHECK: error: nothing named 'nobody' is registered in Decode [unregistered-peer]
    return self.nobody.length();
  }
};

struct Decode : coop::Service {
  Compressor compressor;
  int run(this auto& self) { return self.compressor.compress(); }
};
