// What kernels run on: here, the CPU.
#pragma once

#include <cblas.h>

#include <cstddef>

/// The CPU. Kernels take it first, as they take a stream and its handles on a GPU.
struct Device {
  size_t live_bytes = 0;  ///< Bytes of all buffers that are alive; kept by Buffer.

  /// BLAS is called from our own threads; threads of its own would fight with them for the cores.
  Device() { openblas_set_num_threads(1); }

  void synchronize() {}  ///< Waits until all work is done, as it is when a kernel has returned.
};
