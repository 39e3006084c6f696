// How quantized keys and values lie in memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

/// Numbers are quantized in runs: the words of a run are its lowest number and its scale, as
/// floats, then its codes, 32 / bits to a word, the first in the lowest bits. A number is lowest +
/// scale * code. A record is what one head holds of `group` consecutive tokens: for each channel
/// the run of its keys, over the tokens; then for each token the runs of its values, over channels.
struct QuantizedFormat {
  int bits = 0;   // of a code: 2, 4 or 8
  int group = 0;  // tokens of a record
  int head_dim = 0;

  int channels() const { return std::min(group, head_dim); }  ///< Of a run of values.
  int run_words(int count) const {
    const int codes_in_word = 32 / bits;
    return 2 + (count + codes_in_word - 1) / codes_in_word;
  }
  int key_words() const { return head_dim * run_words(group); }
  int record_words() const {
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

/// The `count` numbers of a run whose codes have `bits` bits.
template <int bits>
void dequantize_codes(float* numbers, const uint32_t* run, int count) {
  constexpr int kCodes = 32 / bits;  // in a word
  const float lowest = std::bit_cast<float>(run[0]), scale = std::bit_cast<float>(run[1]);
  const auto number = [&](uint32_t word, int i) {
    const int code = static_cast<int>(word >> (i * bits)) & ((1 << bits) - 1);
    return lowest + scale * static_cast<float>(code);
  };
  const uint32_t* words = run + 2;
  int first = 0;
  for (; first + kCodes <= count; first += kCodes) {
    const uint32_t word = *words++;
#pragma omp simd
    for (int i = 0; i < kCodes; ++i) numbers[first + i] = number(word, i);
  }
  for (int i = 0; first + i < count; ++i) numbers[first + i] = number(*words, i);
}

/// The `count` numbers of a run. Where the compiler knows `bits`, it takes half of the time.
inline void dequantize_run(float* numbers, const uint32_t* run, int count, int bits) {
  if (bits == 2) return dequantize_codes<2>(numbers, run, count);
  if (bits == 4) return dequantize_codes<4>(numbers, run, count);
  dequantize_codes<8>(numbers, run, count);
}
