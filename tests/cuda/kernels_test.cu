// Every CUDA kernel against a float64 reference on the host, on odd sizes. The bounds follow from
// the operation: 2^-24 per rounding, times the sum of the magnitudes that are added. What a kernel
// must not touch is filled with NaN and looked at again.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "add.h"
#include "attend.h"
#include "buffer.h"
#include "device.h"
#include "embed.h"
#include "matmul.h"
#include "move_rows.h"
#include "rms_norm.h"
#include "rope.h"
#include "rope_angles.h"
#include "silu_mul.h"
#include "store_rows.h"

namespace {

constexpr double kRounding = 1.0 / (1 << 24);  // relative error of one fp32 operation
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using Floats = std::vector<float>;

/// `count` numbers in [-1, 1), the same for a seed on every machine.
Floats random_floats(size_t count, uint64_t seed) {
  Floats result(count);
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& x : result) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x = static_cast<float>(static_cast<double>(state >> 40) / (1 << 23) - 1.0);
  }
  return result;
}

bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

class CudaKernels : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) {
      no_gpu = error == cudaSuccess ? "there is none" : cudaGetErrorString(error);
    }
  }
  void SetUp() override {
    if (!no_gpu.empty()) GTEST_SKIP() << "needs an NVIDIA GPU: " << no_gpu;
  }

  Device& device() { return device_; }

  template <class T>
  Buffer<T> on_device(const std::vector<T>& host) {
    Buffer<T> buffer(device(), host.size());
    buffer.upload(host.data(), host.size());
    return buffer;
  }

  template <class T>
  static std::vector<T> on_host(const Buffer<T>& buffer) {
    std::vector<T> host(buffer.size());
    buffer.download(host.data(), host.size());
    return host;
  }

  /// Attends to a cache of random keys and values whose unfilled slots are NaN, and compares with
  /// float64. `loudness` scales the queries: softmax is flat near 0, and picks one key when large.
  void expect_attention(int rows, int heads, int kv_heads, int head_dim, int length, int capacity,
                        float loudness);

 private:
  static inline std::string no_gpu;
  Device device_;
};

// ---- memory -------------------------------------------------------------------------------------

TEST(CudaDevice, NeedsNoGpuBeforeTheFirstBuffer) {
  Device device;
  device.synchronize();
  EXPECT_EQ(device.live_bytes, 0u);
}

TEST_F(CudaKernels, BuffersAreClearedCountedAndChecked) {
  Buffer<float> first(device(), 1001);
  EXPECT_EQ(on_host(first), Floats(1001));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first.data()) % 64, 0u);
  EXPECT_EQ(device().live_bytes, 1001 * sizeof(float));
  {
    Buffer<int> second(device(), 7);
    EXPECT_EQ(device().live_bytes, 1001 * sizeof(float) + 7 * sizeof(int));
    second = Buffer<int>(device(), 3);
    EXPECT_EQ(device().live_bytes, 1001 * sizeof(float) + 3 * sizeof(int));
  }
  EXPECT_EQ(device().live_bytes, 1001 * sizeof(float));

  Buffer<float> moved = std::move(first);
  EXPECT_EQ(moved.size(), 1001u);
  EXPECT_TRUE(first.empty());
  EXPECT_TRUE(Buffer<float>(device(), 0).empty());

  const Floats part = random_floats(10, 1);
  moved.upload(part.data(), part.size(), 991);
  Floats back(10);
  moved.download(back.data(), back.size(), 991);
  EXPECT_EQ(back, part);
  EXPECT_THROW(moved.upload(part.data(), 10, 992), std::out_of_range);
  EXPECT_THROW(moved.download(back.data(), 1, 1001), std::out_of_range);
  EXPECT_THROW(moved.download(back.data(), SIZE_MAX, 1), std::out_of_range);
  EXPECT_THROW(Buffer<float>(device(), SIZE_MAX / 2), std::bad_alloc);
}

TEST_F(CudaKernels, MemoryThatTheGpuLacksIsAnError) {
  EXPECT_THROW(Buffer<char>(device(), size_t{1} << 50), std::runtime_error);
  EXPECT_EQ(device().live_bytes, 0u);
}

// ---- the cache ----

TEST_F(CudaKernels, StoreRowsTransposesIntoTheCache) {
  for (const auto& [rows, heads, head_dim, capacity, slot] :
       {std::array{1, 1, 1, 1, 0}, std::array{5, 3, 24, 9, 2}, std::array{37, 2, 129, 64, 27}}) {
    const Floats x = random_floats(size_t(rows) * heads * head_dim, 3);
    Floats expected(size_t(heads) * capacity * head_dim, kNan);
    Buffer<float> cache = on_device(expected), device_x = on_device(x);
    store_rows(device(), cache.data() + slot * head_dim, device_x.data(), rows, heads, head_dim,
               capacity);
    for (int row = 0; row < rows; ++row) {
      for (int head = 0; head < heads; ++head) {
        for (int i = 0; i < head_dim; ++i) {
          expected[(head * capacity + slot + row) * head_dim + i] =
              x[(row * heads + head) * head_dim + i];
        }
      }
    }
    EXPECT_TRUE(same_bits(on_host(cache), expected)) << rows << " rows";
  }
}

TEST_F(CudaKernels, MoveRowsWithinACacheArriveAsTheyWere) {
  for (const auto& [heads, head_dim, capacity, to, from, rows] :
       {std::array{3, 8, 600, 4, 5, 590}, std::array{3, 8, 600, 5, 4, 590},
        std::array{2, 33, 300, 0, 130, 170}, std::array{2, 33, 300, 130, 0, 170},
        std::array{1, 100, 300, 0, 127, 128}, std::array{1, 100, 300, 129, 1, 129},
        std::array{4, 64, 40, 0, 20, 20}, std::array{4, 64, 40, 20, 20, 20},
        std::array{2, 5, 10, 3, 0, 0}, std::array{2, 1, 2, 0, 1, 1}}) {
    Floats expected = random_floats(size_t(heads) * capacity * head_dim, 4);
    Buffer<float> cache = on_device(expected);
    move_rows(device(), cache.data() + to * head_dim, cache.data() + from * head_dim, heads, rows,
              head_dim, capacity, capacity);
    for (int head = 0; head < heads; ++head) {
      float* start = expected.data() + size_t(head) * capacity * head_dim;
      std::memmove(start + to * head_dim, start + from * head_dim,
                   size_t(rows) * head_dim * sizeof(float));
    }
    EXPECT_TRUE(same_bits(on_host(cache), expected)) << to << " from " << from << ", " << rows;
  }
}

TEST_F(CudaKernels, MoveRowsToACacheOfAnotherCapacity) {
  for (const auto& [to_capacity, from_capacity] : {std::array{64, 48}, std::array{48, 64}}) {
    const int heads = 3, head_dim = 24, rows = 41;
    const Floats from = random_floats(size_t(heads) * from_capacity * head_dim, 5);
    Floats expected(size_t(heads) * to_capacity * head_dim, kNan);
    Buffer<float> device_to = on_device(expected), device_from = on_device(from);
    move_rows(device(), device_to.data() + 2 * head_dim, device_from.data() + 5 * head_dim, heads,
              rows, head_dim, to_capacity, from_capacity);
    for (int head = 0; head < heads; ++head) {
      std::copy_n(from.begin() + (head * from_capacity + 5) * head_dim, rows * head_dim,
                  expected.begin() + (head * to_capacity + 2) * head_dim);
    }
    EXPECT_TRUE(same_bits(on_host(device_to), expected)) << "to a capacity of " << to_capacity;
  }
}

// ---- positions ----

TEST_F(CudaKernels, RopeAnglesAreExactAtLargePositions) {
  for (const auto& [head_dim, theta] : {std::pair{2, 10000.0f}, {24, 10000.0f}, {256, 5e6f}}) {
    const std::vector<int> positions = {0, 1, -1, 511, -1000, 131071, 1000000, -1000000, 7};
    const int rows = static_cast<int>(positions.size());
    Floats sentinel(size_t(rows) * head_dim + 3, kNan);
    Buffer<float> angles = on_device(sentinel);
    Buffer<int> device_positions = on_device(positions);
    rope_angles(device(), angles.data(), device_positions.data(), rows, head_dim, theta, {});
    const Floats result = on_host(angles);
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < head_dim / 2; ++i) {
        const double angle =
            positions[row] * std::pow(static_cast<double>(theta), -2.0 * i / head_dim);
        const size_t at = (size_t(row) * (head_dim / 2) + i) * 2;
        EXPECT_NEAR(result[at], std::cos(angle), 2 * kRounding) << positions[row];
        EXPECT_NEAR(result[at + 1], std::sin(angle), 2 * kRounding) << positions[row];
      }
    }
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(result[size_t(rows) * head_dim + i]));
  }
}

/// Turns one head, from in to out, by angles (head_dim / 2, 2), and tells the error that is allowed
/// for each channel.
void turn_head(const float* in, const float* angles, int head_dim, bool interleaved, double* out,
               double* bound) {
  for (int i = 0; i < head_dim / 2; ++i) {
    const int first = interleaved ? 2 * i : i;
    const int second = interleaved ? 2 * i + 1 : i + head_dim / 2;
    const double a = in[first], b = in[second], cosine = angles[2 * i], sine = angles[2 * i + 1];
    out[first] = a * cosine - b * sine;
    out[second] = a * sine + b * cosine;
    bound[first] = bound[second] = 3 * kRounding * (std::abs(a) + std::abs(b));
  }
}

TEST_F(CudaKernels, RopeTurnsPairsInBothLayouts) {
  for (const auto& [rows, heads, head_dim] :
       {std::array{1, 1, 2}, std::array{7, 5, 24}, std::array{3, 9, 130}}) {
    for (const bool interleaved : {false, true}) {
      const Floats x = random_floats(size_t(rows) * heads * head_dim, 6);
      const Floats angles = random_floats(size_t(rows) * head_dim, 7);
      Buffer<float> device_x = on_device(x), device_angles = on_device(angles);
      rope(device(), device_x.data(), device_angles.data(), rows, heads, head_dim,
           size_t(heads) * head_dim, head_dim, interleaved);
      const Floats result = on_host(device_x);
      std::vector<double> expected(head_dim), bound(head_dim);
      for (int head = 0; head < rows * heads; ++head) {
        const size_t at = size_t(head) * head_dim;
        turn_head(&x[at], &angles[size_t(head / heads) * head_dim], head_dim, interleaved,
                  expected.data(), bound.data());
        for (int i = 0; i < head_dim; ++i) {
          EXPECT_NEAR(result[at + i], expected[i], bound[i]) << head << " " << i;
        }
      }
    }
  }
}

TEST_F(CudaKernels, RopeTurnsCachedKeysAndNothingElse) {
  const int heads = 3, rows = 5, head_dim = 34, capacity = 7;
  for (const bool interleaved : {false, true}) {
    const Floats before = random_floats(size_t(heads) * capacity * head_dim, 8);
    const Floats angles = random_floats(size_t(rows) * head_dim, 9);
    Buffer<float> device_keys = on_device(before), device_angles = on_device(angles);
    rope(device(), device_keys.data(), device_angles.data(), rows, heads, head_dim, head_dim,
         size_t(capacity) * head_dim, interleaved);
    Floats result = on_host(device_keys);
    std::vector<double> expected(head_dim), bound(head_dim);
    for (int head = 0; head < heads; ++head) {
      for (int row = 0; row < rows; ++row) {
        const size_t at = size_t(head * capacity + row) * head_dim;
        turn_head(&before[at], &angles[row * head_dim], head_dim, interleaved, expected.data(),
                  bound.data());
        for (int i = 0; i < head_dim; ++i) {
          EXPECT_NEAR(result[at + i], expected[i], bound[i]) << head << " " << row << " " << i;
          result[at + i] = before[at + i];
        }
      }
    }
    EXPECT_TRUE(same_bits(result, before)) << "other rows are as they were";
  }
}

// ---- the layers ----

TEST_F(CudaKernels, EmbedGathersRows) {
  for (const int dim : {1, 63, 300}) {
    const Floats table = random_floats(size_t{11} * dim, 10);
    const std::vector<int> tokens = {10, 0, 3, 3, 7};
    Buffer<float> out = on_device(Floats(tokens.size() * dim + 2, kNan));
    Buffer<float> device_table = on_device(table);
    Buffer<int> device_tokens = on_device(tokens);
    embed(device(), out.data(), device_table.data(), device_tokens.data(), 5, dim);
    Floats expected;
    for (const int token : tokens) {
      expected.insert(expected.end(), table.begin() + token * dim,
                      table.begin() + (token + 1) * dim);
    }
    expected.resize(expected.size() + 2, kNan);
    EXPECT_TRUE(same_bits(on_host(out), expected)) << dim;
  }
}

TEST_F(CudaKernels, AddRoundsOnce) {
  for (const size_t count : {1, 255, 256, 257, 70001}) {
    Floats x = random_floats(count + 1, 11);
    const Floats y = random_floats(count + 1, 12);
    Buffer<float> device_x = on_device(x), device_y = on_device(y);
    add(device(), device_x.data(), device_y.data(), count);
    for (size_t i = 0; i < count; ++i) x[i] += y[i];
    EXPECT_EQ(on_host(device_x), x);
  }
  add(device(), nullptr, nullptr, 0);
}

TEST_F(CudaKernels, SiluMulEqualsTheReferenceAndSaturates) {
  for (const size_t count : {1, 257, 10001}) {
    Floats gate = random_floats(count, 13);
    for (float& x : gate) x *= 20;
    gate[0] = count == 1 ? -200.0f : 200.0f;  // exp overflows, or vanishes
    const Floats up = random_floats(count, 14);
    Buffer<float> device_gate = on_device(gate), device_up = on_device(up);
    silu_mul(device(), device_gate.data(), device_up.data(), count);
    const Floats result = on_host(device_gate);
    for (size_t i = 0; i < count; ++i) {
      const double expected = gate[i] / (1.0 + std::exp(-static_cast<double>(gate[i]))) * up[i];
      EXPECT_NEAR(result[i], expected, 8 * kRounding * std::abs(expected) + 1e-37) << gate[i];
    }
  }
}

TEST_F(CudaKernels, RmsNormAlsoInPlace) {
  for (const auto& [rows, dim] : {std::pair{1, 1}, {3, 33}, {2, 511}, {5, 1000}, {1, 8192}}) {
    const Floats x = random_floats(size_t(rows) * dim, 15), weight = random_floats(dim, 16);
    const float eps = 1e-5f;
    for (const bool in_place : {false, true}) {
      Buffer<float> device_x = on_device(x), device_weight = on_device(weight);
      Buffer<float> out = on_device(Floats(x.size(), kNan));
      rms_norm(device(), in_place ? device_x.data() : out.data(), device_x.data(),
               device_weight.data(), rows, dim, eps);
      const Floats result = on_host(in_place ? device_x : out);
      for (int row = 0; row < rows; ++row) {
        double squares = 0;
        for (int i = 0; i < dim; ++i) squares += double(x[row * dim + i]) * x[row * dim + i];
        const double scale = 1.0 / std::sqrt(squares / dim + eps);
        // The sum has at most dim / 512 + 21 roundings in a chain; the root halves its error.
        const double roundings = (dim / 512 + 22) / 2.0 + 6;
        for (int i = 0; i < dim; ++i) {
          const double expected = x[row * dim + i] * scale * weight[i];
          EXPECT_NEAR(result[row * dim + i], expected, roundings * kRounding * std::abs(expected))
              << row << " of " << rows << ", " << i << " of " << dim;
        }
      }
    }
  }
}

TEST_F(CudaKernels, MatmulIsRowMajorAndFullPrecision) {
  for (const auto& [rows, d_in, d_out] :
       {std::array{1, 1, 1}, std::array{1, 172, 64}, std::array{1, 63, 257}, std::array{2, 5, 3},
        std::array{7, 64, 172}, std::array{65, 100, 33}, std::array{3, 1000, 17}}) {
    const Floats x = random_floats(size_t(rows) * d_in, 17);
    const Floats weight = random_floats(size_t(d_out) * d_in, 18);
    Buffer<float> out = on_device(Floats(size_t(rows) * d_out + 1, kNan));
    Buffer<float> device_x = on_device(x), device_weight = on_device(weight);
    matmul(device(), out.data(), device_x.data(), device_weight.data(), rows, d_in, d_out);
    const Floats result = on_host(out);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < d_out; ++column) {
        double sum = 0, magnitude = 0;
        for (int i = 0; i < d_in; ++i) {
          const double product = double(x[row * d_in + i]) * weight[column * d_in + i];
          sum += product;
          magnitude += std::abs(product);
        }
        // TF32 would be off by some 2^-11 of a product, and fails this on the smaller sizes.
        EXPECT_NEAR(result[row * d_out + column], sum, (d_in + 1) * kRounding * magnitude)
            << row << ", " << column << " of " << rows << " x " << d_in << " x " << d_out;
      }
    }
    EXPECT_TRUE(std::isnan(result.back()));
  }
}

// ---- attention ----

void CudaKernels::expect_attention(int rows, int heads, int kv_heads, int head_dim, int length,
                                   int capacity, float loudness) {
  SCOPED_TRACE(testing::Message() << rows << " rows, " << heads << "/" << kv_heads << " heads of "
                                  << head_dim << ", " << length << " of " << capacity << " keys, "
                                  << loudness);
  Floats q = random_floats(size_t(rows) * heads * head_dim, 19);
  for (float& x : q) x *= loudness;
  const size_t head_size = size_t(capacity) * head_dim;
  Floats keys = random_floats(kv_heads * head_size, 20);
  Floats values = random_floats(kv_heads * head_size, 21);
  for (int head = 0; head < kv_heads; ++head) {
    for (size_t i = size_t(length) * head_dim; i < head_size; ++i) {
      keys[head * head_size + i] = values[head * head_size + i] = kNan;
    }
  }
  Buffer<float> out = on_device(Floats(q.size() + 2, kNan));
  Buffer<float> device_q = on_device(q), device_keys = on_device(keys);
  Buffer<float> device_values = on_device(values);
  attend(device(), out.data(), device_q.data(), device_keys.data(), device_values.data(), rows,
         heads, kv_heads, head_dim, length, capacity);
  const Floats result = on_host(out);

  std::vector<double> scores(length), mixed(head_dim);
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      const size_t kv = size_t(head / (heads / kv_heads)) * head_size;
      const size_t at = (size_t(row) * heads + head) * head_dim;
      const int seen = length - rows + row + 1;
      double largest = -INFINITY, total = 0, error = 0;
      for (int slot = 0; slot < seen; ++slot) {
        double magnitude = 0;
        scores[slot] = 0;
        for (int i = 0; i < head_dim; ++i) {
          const double product = double(q[at + i]) * keys[kv + size_t(slot) * head_dim + i];
          scores[slot] += product / std::sqrt(head_dim);
          magnitude += std::abs(product) / std::sqrt(head_dim);
        }
        largest = std::max(largest, scores[slot]);
        error = std::max(error, (head_dim / 32 + 10) * kRounding * magnitude);
      }
      std::fill(mixed.begin(), mixed.end(), 0.0);
      for (int slot = 0; slot < seen; ++slot) {
        const double weight = std::exp(scores[slot] - largest);
        total += weight;
        for (int i = 0; i < head_dim; ++i) {
          mixed[i] += weight * values[kv + size_t(slot) * head_dim + i];
        }
      }
      // Values are below 1, so an error of each score and of each sum moves a mean by twice that.
      const double bound = 2 * error + 2 * (std::min(seen, 256) + 20) * kRounding;
      for (int i = 0; i < head_dim; ++i) {
        ASSERT_NEAR(result[at + i], mixed[i] / total, bound) << row << " " << head << " " << i;
      }
    }
  }
  EXPECT_TRUE(std::isnan(result[q.size()]) && std::isnan(result[q.size() + 1]));
}

TEST_F(CudaKernels, AttendOfOneRowAtManyLengths) {
  for (const int length : {1, 2, 3, 4, 5, 63, 64, 127, 128, 129, 1000, 4099}) {
    expect_attention(1, 8, 4, 8, length, length + length % 3, 3);
  }
}

TEST_F(CudaKernels, AttendOfEveryGroupingOfHeads) {
  expect_attention(1, 4, 4, 64, 300, 300, 3);
  expect_attention(1, 32, 8, 128, 333, 340, 3);
  expect_attention(1, 9, 3, 40, 500, 512, 3);
  expect_attention(1, 7, 1, 96, 777, 777, 3);
  expect_attention(1, 36, 3, 16, 260, 264, 3);
}

TEST_F(CudaKernels, AttendOfEveryHeadSize) {
  for (const int head_dim : {1, 2, 31, 32, 33, 64, 65, 100, 128, 129, 160, 255, 256}) {
    expect_attention(1, 4, 2, head_dim, 201, 203, 3);
    expect_attention(3, 2, 1, head_dim, 70, 70, 3);
  }
  Buffer<float> some(device(), 257);
  EXPECT_THROW(
      attend(device(), some.data(), some.data(), some.data(), some.data(), 1, 1, 1, 257, 1, 1),
      std::runtime_error);
}

TEST_F(CudaKernels, AttendOfSeveralRowsIsCausal) {
  expect_attention(2, 4, 2, 24, 2, 5, 3);
  expect_attention(9, 6, 3, 33, 9, 9, 3);
  expect_attention(33, 5, 5, 20, 65, 70, 3);
  expect_attention(100, 1, 1, 48, 128, 130, 3);  // in parts, of which the first rows see one
  expect_attention(130, 8, 2, 64, 190, 200, 3);
}

TEST_F(CudaKernels, AttendHoldsAtExtremeScores) {
  for (const float loudness : {0.0f, 1e-3f, 30.0f, 300.0f}) {
    expect_attention(1, 4, 2, 64, 500, 500, loudness);
    expect_attention(5, 4, 2, 64, 40, 44, loudness);
  }
}

TEST_F(CudaKernels, AttendSeesEveryKeyOnce) {
  // Equal keys: the result is the mean of the values, here of ones at a single slot.
  const int length = 1000, head_dim = 16;
  for (const int slot : {0, 1, 63, 64, 66, 67, 500, 998, 999}) {
    Buffer<float> q(device(), head_dim), keys(device(), size_t(length) * head_dim),
        out = on_device(Floats(head_dim, kNan));
    Floats values(size_t(length) * head_dim);
    std::fill_n(values.begin() + slot * head_dim, head_dim, 1.0f);
    Buffer<float> device_values = on_device(values);
    attend(device(), out.data(), q.data(), keys.data(), device_values.data(), 1, 1, 1, head_dim,
           length, length);
    for (const float x : on_host(out)) EXPECT_NEAR(x, 1e-3, 1e-9) << slot;
  }
}

// ---- errors ----

TEST_F(CudaKernels, AFailedCallNamesItselfAndItsPlace) {
  try {
    cuda_check(cudaErrorInvalidValue, "a call");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("kernels_test.cu:"), std::string::npos) << text;
    EXPECT_NE(text.find("a call failed: "), std::string::npos) << text;
  }
  EXPECT_THROW(cublas_check(CUBLAS_STATUS_INVALID_VALUE, "a call"), std::runtime_error);
}

}  // namespace
