// Weights of projections that make a key/value cache shorter: KVCM, version 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/load/safetensors.h"

/// A linear layer: out = weight in + bias.
struct KvcmLinear {
  std::vector<float> weight;  // (rows, columns)
  std::vector<float> bias;    // (rows), or empty
};

/// Three linear layers, with ReLU between them, that make one row of `factor` rows of a head.
using KvcmProjection = std::array<KvcmLinear, 3>;

/// What a file holds. All numbers of it are little-endian.
struct Kvcm {
  uint32_t layers = 0;
  uint32_t heads = 0;  // of keys and values; they share a layer's projections
  uint32_t head_dim = 0;
  uint32_t factor = 0;
  uint32_t min_rows = 0;  // what would become fewer stays as it is
  bool has_image = true;  // projections of their own for the tokens of an image
  std::string metadata;
  std::vector<std::array<KvcmProjection, 4>> projections;  // by layer: keys and values of text,
                                                           // then those of an image
};

constexpr uint32_t kKvcmMagic = 0x4b56434d;
enum class KvcmType : uint16_t { kFp16, kBf16, kFp32 };

/// Reads one file, each number of which is checked before it is believed.
class KvcmReader {
 public:
  explicit KvcmReader(const std::string& path) : path_(path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) refuse("cannot be opened");
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }

  Kvcm read() {
    Kvcm out;
    expect("magic", number<uint32_t>("magic"), kKvcmMagic);
    expect("version", number<uint32_t>("version"), 1);
    const uint16_t type = number<uint16_t>("dtype");
    if (type > 2) refuse("dtype is " + std::to_string(type) + ", and must be 0, 1 or 2");
    number<uint16_t>("reserved");
    out.layers = size("layers");
    out.heads = size("heads");
    out.head_dim = size("head_dim");
    const uint32_t width = number<uint32_t>("hidden_size");
    out.factor = size("factor");
    expect("hidden_size", width, out.factor * out.head_dim);
    out.min_rows = number<uint32_t>("min_seq_len");
    const uint32_t weights = number<uint32_t>("weights_per_layer");
    if (weights != 6) expect("weights_per_layer", weights, 12);
    out.has_image = weights == 12;
    out.metadata = take(number<uint32_t>("metadata_bytes"), "metadata");
    for (uint32_t layer = 0; layer < out.layers; ++layer) {
      out.projections.emplace_back();
      for (uint32_t i = 0; i < weights; ++i) {
        const std::string where =
            "layer " + std::to_string(layer) + ", weight " + std::to_string(i);
        out.projections.back()[i / 3][i % 3] = linear(
            where, out.head_dim, i % 3 == 0 ? width : out.head_dim, static_cast<KvcmType>(type));
      }
    }
    if (at_ != bytes_.size()) refuse(std::to_string(bytes_.size() - at_) + " bytes are left over");
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw std::runtime_error(path_ + ": " + what);
  }

  void expect(const std::string& field, uint32_t found, uint32_t wanted) const {
    if (found == wanted) return;
    refuse(field + " is " + std::to_string(found) + ", and must be " + std::to_string(wanted));
  }

  std::string take(size_t count, const std::string& what) {
    if (count > bytes_.size() - at_) refuse("the file ends before " + what);
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  template <class T>
  T number(const std::string& what) {
    T out = 0;
    std::memcpy(&out, take(sizeof(T), what).data(), sizeof(T));
    return out;
  }

  /// A size whose products with others fit.
  uint32_t size(const std::string& what) {
    const uint32_t out = number<uint32_t>(what);
    if (out < 1 || out > 65535) refuse(what + " is " + std::to_string(out));
    return out;
  }

  KvcmLinear linear(const std::string& where, uint32_t rows, uint32_t columns, KvcmType type) {
    expect(where + ": rows", number<uint32_t>(where), rows);
    expect(where + ": columns", number<uint32_t>(where), columns);
    const uint32_t has_bias = number<uint32_t>(where);
    if (has_bias > 1) expect(where + ": has_bias", has_bias, 1);
    KvcmLinear out;
    out.weight = numbers(size_t{rows} * columns, where, type);
    if (has_bias == 1) out.bias = numbers(rows, where + ": bias", type);
    return out;
  }

  std::vector<float> numbers(size_t count, const std::string& where, KvcmType type) {
    const size_t width = type == KvcmType::kFp32 ? 4 : 2;
    const std::string bytes = take(count * width, "the end of " + where);
    std::vector<float> out(count);
    if (width == 4) std::memcpy(out.data(), bytes.data(), bytes.size());
    for (size_t i = 0; width == 2 && i < count; ++i) {
      uint16_t half = 0;
      std::memcpy(&half, bytes.data() + 2 * i, sizeof(half));
      out[i] = type == KvcmType::kFp16 ? float_from_fp16(half) : float_from_bf16(half);
    }
    return out;
  }

  std::string path_;
  std::string bytes_;
  size_t at_ = 0;
};

/// Throws std::runtime_error naming the file and the field at fault.
inline Kvcm read_kvcm(const std::string& path) { return KvcmReader(path).read(); }

/// Writes `kvcm` in fp32; `scripts/export_kvcm.py` writes half precision, too.
inline void write_kvcm(const std::string& path, const Kvcm& kvcm) {
  std::ofstream file(path, std::ios::binary);
  const auto put = [&](const auto& number) {
    file.write(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  const uint32_t weights = kvcm.has_image ? 12 : 6;
  put(kKvcmMagic);
  put(uint32_t{1});
  put(KvcmType::kFp32);
  put(uint16_t{0});
  for (const uint32_t number :
       {kvcm.layers, kvcm.heads, kvcm.head_dim, kvcm.factor * kvcm.head_dim, kvcm.factor,
        kvcm.min_rows, weights, static_cast<uint32_t>(kvcm.metadata.size())}) {
    put(number);
  }
  file << kvcm.metadata;
  for (const auto& projections : kvcm.projections) {
    for (uint32_t i = 0; i < weights; ++i) {
      const KvcmLinear& linear = projections[i / 3][i % 3];
      put(kvcm.head_dim);
      put(static_cast<uint32_t>(linear.weight.size() / kvcm.head_dim));
      put(uint32_t{!linear.bias.empty()});
      for (const float number : linear.weight) put(number);
      for (const float number : linear.bias) put(number);
    }
  }
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}
