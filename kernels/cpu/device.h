// What kernels run on: here, the CPU.
#pragma once

#include <cblas.h>

#include <cstddef>

/// The CPU. Kernels take it first, as they take a stream and its handles on a GPU.
struct Device {
  /// BLAS is called from our own threads; threads of its own would fight with them for the cores.
  Device() { openblas_set_num_threads(1); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  size_t live_bytes = 0;  ///< Bytes of all buffers that are alive; kept by Buffer.
  size_t peak_bytes = 0;  ///< The most that live_bytes has been.

  /// Waits until all work is done; on the CPU a kernel that has returned is done.
  void synchronize() {}
};
