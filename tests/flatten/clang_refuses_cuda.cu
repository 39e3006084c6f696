// Clang refuses some CUDA that nvcc takes. It is said, nothing is lost, and nvcc has the last word.
// REQUIRES: nvcc
// RUN: %split && %combine flatten -o flat.cu main.cu -- -std=c++17 2>&1 | FileCheck %s --check-prefix=TOLD
// TOLD: main.cu:17:26: warning: Clang does not take this CUDA, and nvcc may: {{.*}} (1 such) [clang-refuses-cuda]
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cu --implicit-check-not=dead
// FLAT: __constant__ int kOffset = 3;
// FLAT: #if __CUDA_ARCH__ >= 800
// FLAT: fast(int x)
// FLAT: #define LAUNCH
// FLAT: __global__ void fill
// RUN: mkdir alone && cp flat.cu alone && cd alone && %nvcc flat.cu -o flat

//--- main.cu
#include <cstdio>
__constant__ int kOffset = 3;
__device__ int dead(int x) { return x; }
#if __CUDA_ARCH__ >= 800
__device__ int fast(int x) { return x * 2; }
#else
__device__ int slow(int x) { return x + x; }
__device__ int fast(int x) { return slow(x); }
#endif
__device__ int limit(int x, unsigned y) {
  return max(x, y);
}
#define LAUNCH(kernel, ...) kernel<<<1, 32>>>(__VA_ARGS__)
__global__ void fill(int* out) { out[threadIdx.x] = limit(fast(threadIdx.x), 40u) + kOffset; }
int main() {
  int* out = nullptr;
  const unsigned count = min(32, 64u);
  cudaMalloc(&out, count * sizeof(int));
  LAUNCH(fill, out);
  std::printf("%d\n", static_cast<int>(cudaDeviceSynchronize()));
}
