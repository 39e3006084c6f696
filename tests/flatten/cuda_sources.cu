// Two CUDA sources with kernels of one name, constants and device variables across files, and
// shared memory of two types.
// REQUIRES: nvcc
// RUN: %split && %combine flatten -o flat.cu main.cu other.cu -- -std=c++17 -rdc=true 2>&1 | FileCheck %s --check-prefix=TOLD
// TOLD: flat.cu: {{[0-9]+}} lines
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cu --implicit-check-not=dead
// FLAT: // Build: nvcc -std=c++17 -rdc=true -O2 flat.cu -o flat
// FLAT: __constant__ float kScale
// FLAT: static __global__ void fill(float* out)
// FLAT: fill<<<1, 32, 128>>>
// FLAT: static __global__ void fill2(int* out)
// FLAT: fill2<<<1, 32, 128>>>
// RUN: mkdir alone && cp flat.cu alone && cd alone && %nvcc -rdc=true flat.cu -o flat

//--- shared.cuh
#pragma once
#include <cuda_runtime.h>
extern __constant__ float kScale;
extern __device__ int counter;
__device__ int bump(int by);
__device__ int dead(int by);
int run_other();
template <class T>
__device__ T scaled(T x) { return x * static_cast<T>(2); }
//--- main.cu
#include "shared.cuh"
#include <cstdio>
__constant__ float kScale = 2.0f;
__device__ int counter = 0;
static __global__ void fill(float* out) {
  extern __shared__ float buffer[];
  buffer[threadIdx.x] = kScale;
  __syncthreads();
  out[threadIdx.x] = scaled(buffer[threadIdx.x]) + bump(1);
}
__device__ int bump(int by) { return atomicAdd(&counter, by); }
__device__ int dead(int by) { return by; }
int main() {
  float* out = nullptr;
  cudaMalloc(&out, 32 * sizeof(float));
  fill<<<1, 32, 128>>>(out);
  std::printf("%d\n", run_other());
}
//--- other.cu
#include "shared.cuh"
static __global__ void fill(int* out) {
  extern __shared__ int words[];
  words[threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = scaled(words[threadIdx.x]);
}
int run_other() {
  int* out = nullptr;
  cudaMalloc(&out, 32 * sizeof(int));
  fill<<<1, 32, 128>>>(out);
  return 0;
}
