// The host and the device pass see different code; the emission has what either reaches, and keeps
// the conditions on who compiles it.
// REQUIRES: nvcc
// RUN: %split && %combine services/t.h -o out.cu && FileCheck %s --input-file=out.cu '--implicit-check-not={{COOP_|nobody|template <}}'
// RUN: mkdir alone && cp out.cu alone && cd alone && %nvcc out.cu -o emitted
// CHECK: // Build: nvcc -std=c++20 -O3 -arch=native out.cu -o t
// CHECK: #include <cuda_runtime.h>
// CHECK: float only_on_device(
// CHECK: float only_on_host(
// CHECK: #ifdef __CUDA_ARCH__
// CHECK-NEXT: return only_on_device(x);
// CHECK-NEXT: #else
// CHECK-NEXT: return only_on_host(x);
// CHECK-NEXT: #endif
// CHECK: __global__ void fill(
// CHECK: void model_step(T& self)
// CHECK: fill<<<1, 32>>>(self.model.x, self.kv.tokens);

//--- kernels/cuda/fill.cuh
#pragma once
#include <cuda_runtime.h>

__device__ inline float only_on_device(float x) { return __fmaf_rn(x, 2, 1); }
inline float only_on_host(float x) { return 2 * x + 1; }
inline float nobody(float x) { return x; }

__host__ __device__ inline float twice(float x) {
#ifdef __CUDA_ARCH__
  return only_on_device(x);
#else
  return only_on_host(x);
#endif
}

__global__ void fill(float* x, int count) {
  extern __shared__ float shared[];
  const int i = threadIdx.x;
  if (i < count) x[i] = twice(i) + 0 * shared[0];
}
//--- artifacts/model.h
#pragma once
#include <coop/artifact.h>

#include "fill.cuh"

struct Model : coop::Artifact {
  int steps = 1;
  void step(this auto& self) {
#if COOP_CUDA
    fill<<<1, 32>>>(self.x, self.kv.tokens);
#else
    nobody(1);
#endif
  }

 private:
  float* x = nullptr;
};
//--- services/t.h
#include <coop/service.h>

#include "artifacts/model.h"

struct Kv : coop::Artifact {
  int tokens = 3;
};
struct T : coop::Service {
  Kv kv;
  Model model;
  int run(int, char**) {
    model.step();
    return 0;
  }
};
