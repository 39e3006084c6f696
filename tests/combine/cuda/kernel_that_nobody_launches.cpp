// A kernel goes with the function that launches it, also when it is the first to call what the
// compiler itself declares.
// REQUIRES: nvcc
// RUN: %split && %combine services/t.h -o out.cu
// RUN: FileCheck %s --input-file=out.cu '--implicit-check-not={{nobody|unused}}'
// RUN: mkdir alone && cp out.cu alone && cd alone && %nvcc out.cu -o emitted
// CHECK: __global__ void launched(float* x) {
// CHECK-NEXT: __syncthreads();
// CHECK: launched<<<1, 32>>>(x);

//--- kernels/cuda/unused.cuh
#pragma once
#include <cuda_runtime.h>

__global__ void nobody(float* x) {
  __syncthreads();
  x[threadIdx.x] = 1;
}
inline void launch_unused(float* x) { nobody<<<1, 32>>>(x); }

//--- kernels/cuda/launched.cuh
#pragma once
#include <cuda_runtime.h>

__global__ void launched(float* x) {
  __syncthreads();
  x[threadIdx.x] = 2;
}
inline void launch(float* x) { launched<<<1, 32>>>(x); }

//--- artifacts/model.h
#pragma once
#include <coop/artifact.h>

#include "unused.cuh"

#include "launched.cuh"

struct Model : coop::Artifact {
  void rest(this auto& self, float* x) { launch_unused(x); }
  void step(this auto& self, float* x) { launch(x); }
};
//--- services/t.h
#pragma once
#include <coop/service.h>

#include "artifacts/model.h"
struct T : coop::Service {
  Model model;
  int run(this auto& self) {
    self.model.step(nullptr);
    return 0;
  }
};
