// Multiplication by a weight matrix.
#pragma once

#include <cublas_v2.h>

#include "device.h"

/// out (rows, d_out) = x (rows, d_in) times the transpose of weight (d_out, d_in).
///
/// To cuBLAS, which counts down columns, each of these is its own transpose: weight is
/// (d_in, d_out), x is (d_in, rows), and out (d_out, rows) = transpose of weight, times x.
inline void matmul(Device& device, float* out, const float* x, const float* weight, int rows,
                   int d_in, int d_out) {
  const float one = 1.0f, zero = 0.0f;
  if (rows == 1) {
    cublas_check(cublasSgemv(device.cublas, CUBLAS_OP_T, d_in, d_out, &one, weight, d_in, x, 1,
                             &zero, out, 1),
                 "matmul");
  } else if (rows > 1) {
    cublas_check(cublasSgemm(device.cublas, CUBLAS_OP_T, CUBLAS_OP_N, d_out, rows, d_in, &one,
                             weight, d_in, x, d_in, &zero, out, d_out),
                 "matmul");
  }
}
