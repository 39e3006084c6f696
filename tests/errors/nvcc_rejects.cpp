// Clang takes kernels that are members, and private types as their arguments; nvcc does not.
// REQUIRES: nvcc
// RUN: not %combine --device=cuda %s -o %t.cu 2>&1 | FileCheck %s --implicit-check-not=error: && test ! -e %t.cu
#include <coop/service.h>
#include <cuda_runtime.h>

template <class P>
__global__ void fill(P p) {
  if (threadIdx.x < p.n) p.d[threadIdx.x] = p.n;
}

struct Fill : coop::Artifact {
  float* d = nullptr;
  int n = 4;
  static __global__ void own(float* p, int n) {
    if (threadIdx.x < n) p[threadIdx.x] = n;
  }
  void go(this auto& self) {
    // CHECK: nvcc_rejects.cpp:[[#@LINE+1]]:5: error: nvcc does not take a kernel that is a member, 'own' [nvcc-rejects]
    own<<<1, 32>>>(self.d, self.n);
    // CHECK: note: move it to namespace scope, in front of the artifact
    // CHECK: nvcc_rejects.cpp:[[#@LINE+1]]:5: error: nvcc does not take the private type 'Args' as a template argument of a kernel [nvcc-rejects]
    fill<<<1, 32>>>(Args{self.d, self.n});
  }

 private:
  struct Args {
    float* d;
    int n;
  };
};

struct Decode : coop::Service {
  Fill a;
  int run(this auto& self) {
    self.a.go();
    return 0;
  }
};
