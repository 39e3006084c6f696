// Without the CUDA toolkit's headers: how to get them, and that the CPU needs none.
// RUN: env -u CUDA_PATH not %combine --device=cuda --cuda-path=/nonexistent %s -o %t.cu 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: test ! -e %t.cu
// RUN: env -u CUDA_PATH %combine --device=cpu --cuda-path=/nonexistent %s -o %t.cpp
// CHECK: combine: error: the CUDA toolkit's headers are missing [missing-toolkit]
// CHECK-NEXT: note: scripts/setup --cuda gets them: no root, no driver, no GPU
// CHECK-NEXT: note: or give their folder: --cuda-path=DIR
// CHECK-NEXT: note: --device=cpu needs none
#include <coop/service.h>

struct KvCache : coop::Artifact {
  int tokens = 3;
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.tokens; }
};
