// A kernel that only the other device has: the file that is missing, and the way out.
// RUN: %split && not %combine --device=cpu services/decode.h -o out.cpp 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not=error: && test ! -e out.cpp
// CHECK: artifacts/model.h:3:10: error: no kernel 'fill.h' for device cpu [missing-kernel]
// CHECK-NEXT: #include "fill.h"
// CHECK-NEXT: {{^}}         ^~~~~~~~
// CHECK-NEXT: note: device cuda has it: kernels/cuda/fill.h
// CHECK-NEXT: note: write kernels/cpu/fill.h with the same functions, or pass --device=cuda

//--- kernels/cuda/fill.h
#pragma once
inline void fill(float* out, int count) {
  for (int i = 0; i < count; ++i) out[i] = 1;
}
//--- artifacts/model.h
#pragma once
#include <coop/artifact.h>
#include "fill.h"
struct Model : coop::Artifact {
  float x[2] = {};
  void step(this auto& self) { fill(self.x, 2); }
};
//--- services/decode.h
#include <coop/service.h>

#include "artifacts/model.h"
struct Decode : coop::Service {
  Model model;
  int run(this auto& self) {
    self.model.step();
    return 0;
  }
};
