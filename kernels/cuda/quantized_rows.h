// How quantized keys and values lie in memory.
#pragma once

#include <cstdint>

/// Numbers are quantized in runs: the words of a run are its lowest number and its scale, as
/// floats, then its codes, 32 / bits to a word, the first in the lowest bits. A number is lowest +
/// scale * code. A record is what one head holds of `group` consecutive tokens: for each channel
/// the run of its keys, over the tokens; then for each token the runs of its values, over channels.
struct QuantizedFormat {
  int bits = 0;   // of a code: 2, 4 or 8
  int group = 0;  // tokens of a record
  int head_dim = 0;

  /// Of a run of values.
  __host__ __device__ int channels() const { return group < head_dim ? group : head_dim; }
  __host__ __device__ int run_words(int count) const {
    const int codes_in_word = 32 / bits;
    return 2 + (count + codes_in_word - 1) / codes_in_word;
  }
  __host__ __device__ int key_words() const { return head_dim * run_words(group); }
  __host__ __device__ int record_words() const {
    return key_words() + group * (head_dim / channels()) * run_words(channels());
  }
};

/// The keys and values of one layer, of which the newest tokens are not quantized.
struct QuantizedRows {
  QuantizedFormat format;
  const uint32_t* records = nullptr;  // (quantized / group, kv_heads, record_words)
  const float* keys = nullptr;        // (kv_heads, capacity, head_dim): those behind the records
  const float* values = nullptr;      // as keys
  int quantized = 0;                  // tokens in records
  int length = 0;                     // tokens in all
  int capacity = 0;
};

/// Number `i` of a run.
__device__ inline float dequantize(const uint32_t* run, int i, int bits) {
  const int codes_in_word = 32 / bits;
  const uint32_t code =
      run[2 + i / codes_in_word] >> (i % codes_in_word * bits) & ((1u << bits) - 1);
  return __uint_as_float(run[0]) + __uint_as_float(run[1]) * static_cast<float>(code);
}
