// What is said of CPU kernels alone: memory, places, overlaps, extremes. What they compute is
// compared with float64 in float64_test.cpp, for CUDA as well.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "attend.h"
#include "buffer.h"
#include "matmul.h"
#include "move_rows.h"
#include "rms_norm.h"
#include "rope.h"
#include "rope_angles.h"
#include "silu_mul.h"
#include "store_rows.h"

namespace {

constexpr double kUlp = 1.0 / (1 << 24);

std::vector<float> random_floats(size_t count, float spread = 1.0f, unsigned seed = 1) {
  std::mt19937 random(seed + static_cast<unsigned>(count));
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

struct Kernel : testing::Test {
  Device device;
};

TEST_F(Kernel, BufferIsZeroAlignedAndCounted) {
  Buffer<float> buffer(device, 13);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
  EXPECT_EQ(device.live_bytes, 52u);
  std::vector<float> host(13, 1.0f);
  buffer.download(host.data(), 13);
  EXPECT_EQ(host, std::vector<float>(13, 0.0f));
  host = random_floats(13);
  buffer.upload(host.data(), 5, 8);
  float last = 0.0f;
  buffer.download(&last, 1, 12);
  EXPECT_EQ(last, host[4]);
  EXPECT_THROW(buffer.upload(host.data(), 6, 8), std::out_of_range);
  EXPECT_THROW(buffer.download(host.data(), 1, 13), std::out_of_range);

  Buffer<float> moved = std::move(buffer);
  EXPECT_EQ(device.live_bytes, 52u);
  EXPECT_TRUE(buffer.empty());  // NOLINT: moved from
  moved = Buffer<float>(device, 3);
  EXPECT_EQ(device.live_bytes, 12u);
  moved = Buffer<float>();
  EXPECT_EQ(device.live_bytes, 0u);
  EXPECT_THROW(Buffer<float>(device, SIZE_MAX / 2), std::bad_alloc);
}

TEST_F(Kernel, SiluMulSaturates) {
  std::vector<float> gate = {200.0f, -200.0f, 0.0f, -87.5f, 1e30f};
  const std::vector<float> up = {3.0f, 3.0f, 3.0f, 1.0f, 1.0f}, before = gate;
  silu_mul(device, gate.data(), up.data(), gate.size());
  for (size_t i = 0; i < gate.size(); ++i) {
    const double expected = before[i] / (1.0 + std::exp(-static_cast<double>(before[i]))) * up[i];
    EXPECT_NEAR(gate[i], expected, 8 * kUlp * std::abs(expected) + 1e-35);
  }
}

TEST_F(Kernel, RmsNormInPlace) {
  for (const int dim : {1, 7, 64, 769}) {
    std::vector<float> x = random_floats(40 * dim, 3.0f), weight = random_floats(dim), out(x);
    rms_norm(device, out.data(), x.data(), weight.data(), 40, dim, 1e-5f);
    rms_norm(device, x.data(), x.data(), weight.data(), 40, dim, 1e-5f);
    EXPECT_EQ(x, out);
  }
}

TEST_F(Kernel, MatmulWritesNothingBehindItsRows) {
  for (const int rows : {1, 5, 6, 33}) {
    const std::vector<float> x = random_floats(rows * 7), weight = random_floats(7 * 5);
    std::vector<float> out(rows * 5 + 1, 7.0f);
    matmul(device, out.data(), x.data(), weight.data(), rows, 7, 5);
    EXPECT_EQ(out.back(), 7.0f);
  }
}

TEST_F(Kernel, RopeAnglesStayExactAtLargePositions) {
  const std::vector<int> positions = {0, 1, 511, -3, 1000003, 2000000011};
  const int rows = static_cast<int>(positions.size()), head_dim = 10;
  std::vector<float> angles(rows * head_dim);
  rope_angles(device, angles.data(), positions.data(), rows, head_dim, 10000.0f, {});
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < head_dim / 2; ++i) {
      const long double angle = positions[row] * std::pow(10000.0L, -2.0L * i / head_dim);
      EXPECT_NEAR(angles[row * head_dim + 2 * i], std::cos(angle), 1e-6) << positions[row];
      EXPECT_NEAR(angles[row * head_dim + 2 * i + 1], std::sin(angle), 1e-6) << positions[row];
    }
  }
}

/// Pair i of a head, turned.
void turn_pair(const float* in, double* out, int i, int head_dim, bool interleaved,
               const float* angles) {
  const int a = interleaved ? 2 * i : i, b = interleaved ? 2 * i + 1 : i + head_dim / 2;
  const double cosine = angles[2 * i], sine = angles[2 * i + 1];
  out[a] = in[a] * cosine - in[b] * sine;
  out[b] = in[a] * sine + in[b] * cosine;
}

TEST_F(Kernel, RopeTurnsRowsAndCachedKeys) {
  for (const int head_dim : {2, 6, 64}) {
    for (const bool interleaved : {true, false}) {
      const int rows = 7, heads = 3, capacity = 11;
      const std::vector<float> angles = random_floats(rows * head_dim);
      const std::vector<float> x = random_floats(rows * heads * head_dim);
      std::vector<float> turned = x;
      rope(device, turned.data(), angles.data(), rows, heads, head_dim, heads * head_dim, head_dim,
           interleaved);
      // The same rows, stored by head, with gaps behind them.
      std::vector<float> cache(heads * capacity * head_dim, 7.0f);
      store_rows(device, cache.data(), x.data(), rows, heads, head_dim, capacity);
      rope(device, cache.data(), angles.data(), rows, heads, head_dim, head_dim,
           capacity * head_dim, interleaved);
      for (int row = 0; row < rows; ++row) {
        for (int head = 0; head < heads; ++head) {
          std::vector<double> expected(head_dim);
          const int at = (row * heads + head) * head_dim;
          for (int i = 0; i < head_dim / 2; ++i) {
            turn_pair(&x[at], expected.data(), i, head_dim, interleaved, &angles[row * head_dim]);
          }
          for (int i = 0; i < head_dim; ++i) {
            EXPECT_NEAR(turned[at + i], expected[i], 20 * kUlp);
            EXPECT_EQ(cache[(head * capacity + row) * head_dim + i], turned[at + i]);
          }
        }
      }
      for (int head = 0; head < heads; ++head) {
        for (int i = rows * head_dim; i < capacity * head_dim; ++i) {
          EXPECT_EQ(cache[head * capacity * head_dim + i], 7.0f) << "beyond the rows";
        }
      }
    }
  }
}

TEST_F(Kernel, MoveRowsTakesOverlapsWithinAHead) {
  const int heads = 3, capacity = 10, head_dim = 4;
  for (const auto& [to, from] : {std::pair(0, 3), std::pair(3, 0), std::pair(2, 2)}) {
    std::vector<float> cache = random_floats(heads * capacity * head_dim), expected = cache;
    for (int head = 0; head < heads; ++head) {
      for (int i = 0; i < 6 * head_dim; ++i) {
        expected[(head * capacity + to) * head_dim + i] =
            cache[(head * capacity + from) * head_dim + i];
      }
    }
    move_rows(device, cache.data() + to * head_dim, cache.data() + from * head_dim, heads, 6,
              head_dim, capacity, capacity);
    EXPECT_EQ(cache, expected);
  }
  const std::vector<float> cache = random_floats(heads * capacity * head_dim);
  std::vector<float> larger(heads * 16 * head_dim);
  move_rows(device, larger.data(), cache.data(), heads, capacity, head_dim, 16, capacity);
  for (int head = 0; head < heads; ++head) {
    for (int i = 0; i < capacity * head_dim; ++i) {
      EXPECT_EQ(larger[head * 16 * head_dim + i], cache[head * capacity * head_dim + i]);
    }
  }
}

TEST_F(Kernel, AttendSurvivesExtremeScores) {
  // Without subtracting the largest score, exp(3e4) would be infinite.
  std::vector<float> q = {1.0f, 0.0f}, keys = {3e4f, 0.0f, -3e4f, 0.0f, 3e4f, 0.0f};
  std::vector<float> values = {1.0f, 2.0f, 100.0f, 100.0f, 3.0f, 4.0f}, out(2);
  attend(device, out.data(), q.data(), keys.data(), values.data(), 1, 1, 1, 2, 3, 3);
  EXPECT_FLOAT_EQ(out[0], 2.0f);
  EXPECT_FLOAT_EQ(out[1], 3.0f);
}

}  // namespace
