// A lambda for the device, and a constexpr function that the device calls: the banner's command has
// the flags without which nvcc takes neither.
// REQUIRES: nvcc
// RUN: %split && %combine services/t.h -o out.cu && FileCheck %s --input-file=out.cu
// RUN: mkdir alone && cp out.cu alone && cd alone && not %nvcc out.cu -o emitted
// RUN: %nvcc --extended-lambda --expt-relaxed-constexpr out.cu -o emitted
// CHECK: // Build: nvcc -std=c++20 -O3 -arch=native --extended-lambda --expt-relaxed-constexpr out.cu

//--- services/t.h
#include <coop/service.h>
#include <cuda_runtime.h>

constexpr int square(int x) { return x * x; }
template <class F>
__global__ void apply(F f, int n) {
  int i = threadIdx.x;
  if (i < n) f(square(i));
}
struct A : coop::Artifact {
  float* d = nullptr;
  void go(this auto& self) {
    float* p = self.d;
    apply<<<1, 32>>>([=] __device__(int i) { p[i] = i; }, self.b.n);
  }
};
struct B : coop::Artifact {
  int n = 3;
};
struct T : coop::Service {
  A a;
  B b;
  int run(this auto& self) {
    self.a.go();
    return 0;
  }
};
