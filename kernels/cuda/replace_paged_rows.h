// Puts a row of a cache in blocks in the place of others, of each head its own.
#pragma once

#include "device.h"
#include "paged_rows.h"

/// One block per head, one thread per channel.
__global__ void replace_paged_rows_kernel(PagedRows cache, const int* rows, int from) {
  const int head = static_cast<int>(blockIdx.x), to = rows[head];
  for (int i = static_cast<int>(threadIdx.x); i < cache.head_dim; i += 128) {
    cache.key(to, head)[i] = cache.key(from, head)[i];
    cache.value(to, head)[i] = cache.value(from, head)[i];
  }
}

/// Keys and values of slot rows[head] become those of slot `from`; rows (kv_heads).
inline void replace_paged_rows(Device& device, const PagedRows& cache, const int* rows, int from) {
  replace_paged_rows_kernel<<<cache.kv_heads, 128, 0, device.stream>>>(cache, rows, from);
  cuda_check(cudaGetLastError(), "replace_paged_rows");
}
