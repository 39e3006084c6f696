// Looks up the embeddings of tokens.
#pragma once

#include <cstddef>

#include "device.h"

/// One thread per element of out.
__global__ void embed_kernel(float* out, const float* table, const int* tokens, int rows, int dim) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= static_cast<size_t>(rows) * dim) return;
  out[i] = table[static_cast<size_t>(tokens[i / dim]) * dim + i % dim];
}

/// Gathers rows: out (rows, dim) is the rows of table (vocab_size, dim) that tokens (rows) name.
/// `tokens` is device memory; the caller has checked that each is in [0, vocab_size).
inline void embed(Device& device, float* out, const float* table, const int* tokens, int rows,
                  int dim) {
  if (rows == 0) return;
  const int threads = 256;
  const size_t count = static_cast<size_t>(rows) * dim;
  const unsigned blocks = static_cast<unsigned>((count + threads - 1) / threads);
  embed_kernel<<<blocks, threads, 0, device.stream>>>(out, table, tokens, rows, dim);
  cuda_check(cudaGetLastError(), "embed");
}
