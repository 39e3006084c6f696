// __constant__ and __device__ variables, functions declared ahead, code chosen by __CUDA_ARCH__,
// two kernels of one name, launches in macros, shared memory: nvcc compiles and links them.
// REQUIRES: nvcc
// RUN: %split && %combine services/t.h -o out.cu && FileCheck %s --input-file=out.cu
// RUN: mkdir alone && cp out.cu alone && cd alone && %nvcc out.cu -o emitted
// CHECK: __constant__ float kTable[4] = {1, 2, 3, 4};
// CHECK: __device__ int counter = 0;
// CHECK: __device__ inline float fast(float x)
// CHECK: __device__ inline float slow(float x)
// CHECK: #if __CUDA_ARCH__ >= 900
// CHECK-NEXT: return fast(x);
// CHECK-NEXT: #else
// CHECK-NEXT: return slow(x);
// CHECK-NEXT: #endif
// CHECK: static __global__ void fill(float* p, int n)
// CHECK: static __global__ void fill(double* p, int n)
// CHECK: void layers_go(T& self, Layer& layer)
// CHECK-NEXT: LAUNCH(fill, layer.n, layer.d, self.b.n);

//--- artifacts/a.h
#pragma once
#include <coop/artifact.h>
#include <cuda_runtime.h>

#include <cstdio>
#define LAUNCH(kernel, n, ...) kernel<<<((n) + 31) / 32, 32>>>(__VA_ARGS__)
#define CHECK(call)                                                            \
  do {                                                                         \
    cudaError_t e = (call);                                                    \
    if (e != cudaSuccess) std::printf("%s\n", cudaGetErrorString(e));          \
  } while (0)
__constant__ float kTable[4] = {1, 2, 3, 4};
__device__ int counter = 0;
__device__ float lookup(int i);
__device__ inline float fast(float x) { return x * 2; }
__device__ inline float slow(float x) { return x + x; }
__device__ inline float pick(float x) {
#if __CUDA_ARCH__ >= 900
  return fast(x);
#else
  return slow(x);
#endif
}
static __global__ void fill(float* p, int n) {
  int i = threadIdx.x;
  if (i >= n) return;
  p[i] = pick(lookup(i));
  atomicAdd(&counter, 1);
}
__device__ float lookup(int i) { return kTable[i % 4]; }
__global__ void one(float* p, int n) {
  extern __shared__ float buf[];
  if (threadIdx.x < n) p[threadIdx.x] = buf[0];
}
__global__ void two(float* p, int n) {
  extern __shared__ float buf[];
  if (threadIdx.x < n) p[threadIdx.x] = buf[1];
}
struct Layer : coop::Artifact {
  float* d = nullptr;
  int n = 4;
  void go(this auto& self) {
    LAUNCH(fill, self.n, self.d, self.b.n);
    CHECK(cudaGetLastError());
    one<<<1, 32, 128>>>(self.d, self.n);
    two<<<1, 32, 128>>>(self.d, self.n);
  }
};
//--- artifacts/b.h
#pragma once
#include <coop/artifact.h>
#include <cuda_runtime.h>
static __global__ void fill(double* p, int n) {
  if (threadIdx.x < n) p[threadIdx.x] = n;
}
struct B : coop::Artifact {
  int n = 3;
  double* d = nullptr;
  void go(this auto& self) {
    fill<<<1, 32>>>(self.d, self.n);
    for (auto& layer : self.layers) layer.go();
  }
};
//--- services/t.h
#include <coop/service.h>

#include "artifacts/a.h"
#include "artifacts/b.h"
struct T : coop::Service {
  Layer layers[2];
  B b;
  int run(this auto& self) {
    self.b.go();
    return 0;
  }
};
