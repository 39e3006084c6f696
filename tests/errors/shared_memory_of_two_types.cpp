// One name, two types of shared memory: it is one object.
// REQUIRES: nvcc
// RUN: %split && not %combine services/t.h -o out.cu 2>&1 | FileCheck %s --implicit-check-not=error: && test ! -e out.cu
// CHECK: artifacts/b.h:4:25: error: redeclaration of 'buf' with a different type: 'int[]' vs 'float[]' [cpp]
// CHECK: artifacts/a.h:4:27: note: previous declaration is here

//--- artifacts/a.h
#pragma once
#include <coop/artifact.h>
__global__ void fill(float* p, int n) {
  extern __shared__ float buf[];
  if (threadIdx.x < n) p[threadIdx.x] = buf[0];
}
struct A : coop::Artifact {
  float* d = nullptr;
  void go(this auto& self) { fill<<<1, 32>>>(self.d, self.b.n); }
};
//--- artifacts/b.h
#pragma once
#include <coop/artifact.h>
template <class T> __global__ void fill(T* p, int n) {
  extern __shared__ int buf[];
  if (threadIdx.x < n) p[threadIdx.x] = T(buf[0]);
}
struct B : coop::Artifact {
  int n = 3;
  double* d = nullptr;
  void go(this auto& self) {
    fill<double><<<1, 32>>>(self.d, self.n);
    self.a.go();
  }
};
//--- services/t.h
#include <coop/service.h>
#include <cuda_runtime.h>
#include "artifacts/a.h"
#include "artifacts/b.h"
struct T : coop::Service {
  A a;
  B b;
  int run(this auto& self) {
    self.b.go();
    return 0;
  }
};
