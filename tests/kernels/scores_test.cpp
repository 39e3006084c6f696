// The kernels that compressors score and keep tokens by, against float64: those of the CPU, or,
// compiled by nvcc, those of CUDA, which are skipped without a GPU. Bounds are counted as in
// float64.h.
#include <gtest/gtest.h>

#include <limits>

#include "gather_rows.h"
#include "row_norms.h"
#include "tests/kernels/float64.h"

namespace {

/// Needs what the kernels run on.
class Scores : public testing::Test {
 protected:
  void SetUp() override {
#ifdef __CUDACC__
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) GTEST_SKIP() << "needs an NVIDIA GPU";
#endif
  }

  /// Keys or values: (heads, capacity, head_dim), of which what lies behind `length` is no number.
  static Floats cache(int heads, int length, int head_dim, int capacity) {
    Draw draw(Numbers::kRandom, length + head_dim);
    Floats out = draw.floats(static_cast<size_t>(heads) * capacity * head_dim, 2);
    for (int head = 0; head < heads; ++head) {
      const auto of_head = out.begin() + static_cast<size_t>(head) * capacity * head_dim;
      std::fill(of_head + static_cast<size_t>(length) * head_dim,
                of_head + static_cast<size_t>(capacity) * head_dim,
                std::numeric_limits<float>::quiet_NaN());
    }
    return out;
  }

  Device device;
};

/// heads, length, head_dim, capacity
constexpr std::array<std::array<int, 4>, 5> kShapes = {
    {{1, 1, 2, 1}, {2, 37, 8, 64}, {3, 300, 64, 301}, {1, 129, 130, 256}, {4, 40, 33, 40}}};

TEST_F(Scores, GatherRowsCopiesAndTouchesNothingElse) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats old = cache(heads, capacity, head_dim, capacity);
    for (const int step : {1, 2, 3}) {  // of each head other rows: from the end, every `step`-th
      const int count = (length + step - 1) / step;
      Integers rows;
      for (int head = 0; head < heads; ++head) {
        for (int i = 0; i < count; ++i) {
          rows.push_back(std::min(i * step + head, length - count + i));
        }
      }
      Expected expected;
      for (const float x : old) expected.add(x, 0.0);
      for (int at = 0; at < heads * count; ++at) {
        const size_t to = static_cast<size_t>(at / count) * capacity + at % count;
        const size_t from = static_cast<size_t>(at / count) * capacity + rows[at];
        for (int i = 0; i < head_dim; ++i) {
          expected.value[to * head_dim + i] = old[from * head_dim + i];
        }
      }
      Buffer<float> kept = to_device(device, old);
      const Buffer<int> which = to_device(device, rows);
      gather_rows(device, kept.data(), which.data(), heads, count, head_dim, capacity);
      EXPECT_EQ(difference(to_host(kept), expected, "gather_rows"), "") << length << " by " << step;
    }
  }
}

/// head_dim roundings of the squares' sum, which the root halves, and one of the root.
TEST_F(Scores, RowNorms) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats rows = cache(heads, length, head_dim, capacity);
    Expected expected;
    for (int at = 0; at < heads * length; ++at) {
      const size_t row = static_cast<size_t>(at / length) * capacity + at % length;
      double squares = 0.0;
      for (int i = 0; i < head_dim; ++i) squares += std::pow(rows[row * head_dim + i], 2.0);
      expected.add(std::sqrt(squares), (head_dim / 2 + 2) * kU * std::sqrt(squares));
    }
    Buffer<float> norms(device, static_cast<size_t>(heads) * length);
    const Buffer<float> from = to_device(device, rows);
    row_norms(device, norms.data(), from.data(), heads, length, head_dim, capacity);
    EXPECT_EQ(difference(to_host(norms), expected, "row_norms"), "") << length;
  }
}

}  // namespace
