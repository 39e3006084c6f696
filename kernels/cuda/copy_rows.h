// Copies rows of a cache to others.
#pragma once

#include <cstddef>

#include "device.h"

/// One block per row, one thread per channel.
__global__ void copy_rows_kernel(float* rows, const int* to, const int* from, int dim) {
  const size_t target = to[blockIdx.x], source = from[blockIdx.x];
  for (int i = static_cast<int>(threadIdx.x); i < dim; i += 128) {
    rows[target * dim + i] = rows[source * dim + i];
  }
}

/// rows[to[i]] = rows[from[i]] for i below `count`; rows are `dim` numbers each. None of `from` is
/// among `to`, but for its own i.
inline void copy_rows(Device& device, float* rows, const int* to, const int* from, int count,
                      int dim) {
  if (count == 0) return;
  copy_rows_kernel<<<count, 128, 0, device.stream>>>(rows, to, from, dim);
  cuda_check(cudaGetLastError(), "copy_rows");
}
