// Quantizes keys and values of a cache.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "device.h"
#include "quantized_rows.h"

/// Writes the run of `count` numbers, each `stride` behind the one before. Equal numbers have codes
/// of 0, and are exact.
inline void quantize_run(uint32_t* run, const float* numbers, int count, int stride, int bits) {
  float lowest = numbers[0], highest = numbers[0];
  for (int i = 1; i < count; ++i) {
    lowest = std::min(lowest, numbers[static_cast<size_t>(i) * stride]);
    highest = std::max(highest, numbers[static_cast<size_t>(i) * stride]);
  }
  const int codes_in_word = 32 / bits, largest_code = (1 << bits) - 1;
  const float scale = (highest - lowest) / static_cast<float>(largest_code);
  run[0] = std::bit_cast<uint32_t>(lowest);
  run[1] = std::bit_cast<uint32_t>(scale);
  std::fill_n(run + 2, (count + codes_in_word - 1) / codes_in_word, 0u);
  for (int i = 0; i < count && scale > 0.0f; ++i) {
    const float code = std::nearbyint((numbers[static_cast<size_t>(i) * stride] - lowest) / scale);
    const uint32_t bounded = static_cast<uint32_t>(std::min<int>(code, largest_code));
    run[2 + i / codes_in_word] |= bounded << (i % codes_in_word * bits);
  }
}

/// records[head] = the first `format.group` rows of keys[head] and values[head]; records (kv_heads,
/// record_words), keys and values (kv_heads, capacity, head_dim).
inline void quantize_rows(Device&, uint32_t* records, const float* keys, const float* values,
                          int kv_heads, int capacity, const QuantizedFormat& format) {
  const int group = format.group, head_dim = format.head_dim, channels = format.channels();
#pragma omp parallel for if (static_cast<size_t>(kv_heads) * group * head_dim > 65536)
  for (int head = 0; head < kv_heads; ++head) {
    const size_t first = static_cast<size_t>(head) * capacity * head_dim;
    uint32_t* run = records + static_cast<size_t>(head) * format.record_words();
    for (int channel = 0; channel < head_dim; ++channel, run += format.run_words(group)) {
      quantize_run(run, keys + first + channel, group, head_dim, format.bits);
    }
    for (int i = 0; i < group * head_dim; i += channels, run += format.run_words(channels)) {
      quantize_run(run, values + first + i, channels, 1, format.bits);
    }
  }
}
