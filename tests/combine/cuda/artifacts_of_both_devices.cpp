// One artifact, two devices: the kernel is the header of the device's folder.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 6
// RUN: FileCheck %s --check-prefix=CPU --input-file=out.cpp --implicit-check-not=cuda
// CPU: // ---- kernels/cpu/scale.h ---
// CPU: scale(self.device, &self.model.x, 3);

//--- kernels/cpu/device.h
#pragma once
struct Device {
  int calls = 0;
};
//--- kernels/cpu/scale.h
#pragma once
#include "device.h"
inline void scale(Device& device, int* x, int by) {
  ++device.calls;
  *x *= by;
}
//--- artifacts/model.h
#pragma once
#include <coop/artifact.h>

#include "scale.h"
struct Model : coop::Artifact {
  int step(this auto& self) {
    scale(self.device, &self.x, 3);
    return self.x * self.device.calls;
  }

 private:
  int x = 2;
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/model.h"

struct T : coop::Service {
  Model model;
  int run(this auto& self) {
    std::printf("%d\n", self.model.step());
    return 0;
  }
};
