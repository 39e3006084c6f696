// What kernels run on: here, one NVIDIA GPU.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <source_location>
#include <stdexcept>
#include <string>

/// Throws when `error` is one: names the call `what`, where it stands and what CUDA says of it.
/// A kernel fails late, so the error may be of work that was queued before.
inline void cuda_check(cudaError_t error, const char* what,
                       std::source_location where = std::source_location::current()) {
  if (error == cudaSuccess) return;
  throw std::runtime_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                           ": " + what + " failed: " + cudaGetErrorString(error));
}

/// The same for a call of cuBLAS.
inline void cublas_check(cublasStatus_t status, const char* what,
                         std::source_location where = std::source_location::current()) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw std::runtime_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                           ": " + what + " failed: " + cublasGetStatusString(status));
}

/// The current GPU and the one stream on which all kernels, copies and allocations are ordered.
struct Device {
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() {
    if (stream == nullptr) return;
    cudaStreamSynchronize(stream);
    cudaFree(scratch_data);
    cublasDestroy(cublas);
    cudaStreamDestroy(stream);
  }

  /// Finds the GPU, once. The first Buffer asks for it, so that a program's help needs none.
  void start() {
    if (stream != nullptr) return;
    int id = 0;
    const cudaError_t found = cudaGetDevice(&id);
    if (found != cudaSuccess) {
      throw std::runtime_error(std::string("this program needs an NVIDIA GPU: ") +
                               cudaGetErrorString(found) +
                               "; `combine --device=cpu` emits a program that needs none");
    }
    cuda_check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, id),
               "cudaDeviceGetAttribute");
    cuda_check(cudaStreamCreate(&stream), "cudaStreamCreate");
    cublas_check(cublasCreate(&cublas), "cublasCreate");
    cublas_check(cublasSetStream(cublas, stream), "cublasSetStream");
    // True fp32: TF32 would keep 10 bits of each factor and lose the CPU's numbers.
    cublas_check(cublasSetMathMode(cublas, CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
  }

  cudaStream_t stream = nullptr;
  cublasHandle_t cublas = nullptr;
  int multiprocessors = 0;
  size_t live_bytes = 0;  ///< Bytes of all buffers that are alive; kept by Buffer.

  /// Waits until all work is done.
  void synchronize() {
    if (stream != nullptr) cuda_check(cudaStreamSynchronize(stream), "waiting for the GPU");
  }

  /// At least `count` floats for the partial results of one kernel, undefined at first; the next
  /// call may hand out the same memory. It grows as needed, and like the workspace of cuBLAS it is
  /// no part of live_bytes.
  float* scratch(size_t count) {
    if (count <= scratch_size) return scratch_data;
    count = std::max(count, 2 * scratch_size);  // a growing cache asks for a little more each time
    cuda_check(cudaFree(scratch_data), "cudaFree");  // waits for the kernels that read it
    scratch_data = nullptr;
    scratch_size = 0;
    cuda_check(cudaMalloc(&scratch_data, count * sizeof(float)), "cudaMalloc");
    scratch_size = count;
    return scratch_data;
  }

 private:
  float* scratch_data = nullptr;
  size_t scratch_size = 0;
};
