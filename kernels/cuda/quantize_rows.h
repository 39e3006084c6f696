// Quantizes keys and values of a cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "device.h"
#include "quantized_rows.h"

/// Writes the run of `count` numbers, each `stride` behind the one before. Equal numbers have codes
/// of 0, and are exact.
__device__ inline void quantize_run(uint32_t* run, const float* numbers, int count, int stride,
                                    int bits) {
  float lowest = numbers[0], highest = numbers[0];
  for (int i = 1; i < count; ++i) {
    lowest = fminf(lowest, numbers[static_cast<size_t>(i) * stride]);
    highest = fmaxf(highest, numbers[static_cast<size_t>(i) * stride]);
  }
  const int codes_in_word = 32 / bits, largest_code = (1 << bits) - 1;
  const float scale = (highest - lowest) / static_cast<float>(largest_code);
  run[0] = __float_as_uint(lowest);
  run[1] = __float_as_uint(scale);
  for (int first = 0; first < count; first += codes_in_word) {
    uint32_t word = 0;
    for (int i = first; i < min(first + codes_in_word, count) && scale > 0.0f; ++i) {
      const float code = rintf((numbers[static_cast<size_t>(i) * stride] - lowest) / scale);
      word |= static_cast<uint32_t>(min(static_cast<int>(code), largest_code))
              << ((i - first) * bits);
    }
    run[2 + first / codes_in_word] = word;
  }
}

/// One thread per run; blockIdx.y is the head.
__global__ void quantize_rows_kernel(uint32_t* records, const float* keys, const float* values,
                                     int capacity, QuantizedFormat format) {
  const int head_dim = format.head_dim, channels = format.channels();
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const size_t first = static_cast<size_t>(blockIdx.y) * capacity * head_dim;
  uint32_t* record = records + static_cast<size_t>(blockIdx.y) * format.record_words();
  if (i < head_dim) {
    quantize_run(record + i * format.run_words(format.group), keys + first + i, format.group,
                 head_dim, format.bits);
  } else if (i < head_dim + format.group * head_dim / channels) {
    const int run = i - head_dim;
    quantize_run(record + format.key_words() + run * format.run_words(channels),
                 values + first + static_cast<size_t>(run) * channels, channels, 1, format.bits);
  }
}

/// records[head] = the first `format.group` rows of keys[head] and values[head]; records (kv_heads,
/// record_words), keys and values (kv_heads, capacity, head_dim).
inline void quantize_rows(Device& device, uint32_t* records, const float* keys, const float* values,
                          int kv_heads, int capacity, const QuantizedFormat& format) {
  const int runs = format.head_dim + format.group * format.head_dim / format.channels();
  quantize_rows_kernel<<<dim3((runs + 127) / 128, kv_heads), 128, 0, device.stream>>>(
      records, keys, values, capacity, format);
  cuda_check(cudaGetLastError(), "quantize_rows");
}
