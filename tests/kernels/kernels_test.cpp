// Every CPU kernel against a reference in double precision, on odd sizes. The bounds are those of
// float sums: n roundings of 2^-24 at most, of the sum of absolute values.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "add.h"
#include "attend.h"
#include "buffer.h"
#include "embed.h"
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

TEST_F(Kernel, Add) {
  for (const size_t count : {1, 31, 70001}) {
    std::vector<float> x = random_floats(count), y = random_floats(count, 1.0f, 2), expected = x;
    for (size_t i = 0; i < count; ++i) expected[i] += y[i];
    add(device, x.data(), y.data(), count);
    EXPECT_EQ(x, expected);
  }
}

TEST_F(Kernel, SiluMul) {
  for (const size_t count : {1, 31, 5003}) {
    std::vector<float> gate = random_floats(count, 5.0f), up = random_floats(count, 1.0f, 2);
    if (count > 4) gate[0] = 200.0f, gate[1] = -200.0f, gate[2] = 0.0f, gate[3] = -87.5f;
    std::vector<double> expected;
    for (size_t i = 0; i < count; ++i) {
      expected.push_back(gate[i] / (1.0 + std::exp(-static_cast<double>(gate[i]))) * up[i]);
    }
    silu_mul(device, gate.data(), up.data(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_NEAR(gate[i], expected[i], 8 * kUlp * std::abs(expected[i]) + 1e-35);
    }
  }
}

TEST_F(Kernel, RmsNorm) {
  for (const int dim : {1, 7, 64, 769}) {
    const int rows = dim == 769 ? 40 : 3;
    std::vector<float> x = random_floats(rows * dim, 3.0f), weight = random_floats(dim), out(x);
    rms_norm(device, out.data(), x.data(), weight.data(), rows, dim, 1e-5f);
    std::vector<float> in_place = x;
    rms_norm(device, in_place.data(), in_place.data(), weight.data(), rows, dim, 1e-5f);
    EXPECT_EQ(in_place, out);
    for (int row = 0; row < rows; ++row) {
      double sum = 0.0;
      for (int i = 0; i < dim; ++i) sum += std::pow(x[row * dim + i], 2.0);
      for (int i = 0; i < dim; ++i) {
        const double expected = x[row * dim + i] / std::sqrt(sum / dim + 1e-5) * weight[i];
        EXPECT_NEAR(out[row * dim + i], expected, (dim / 2 + 4) * kUlp * std::abs(expected));
      }
    }
  }
}

TEST_F(Kernel, Matmul) {
  for (const auto& [d_in, d_out] :
       {std::pair(1, 1), std::pair(7, 5), std::pair(64, 172), std::pair(257, 515)}) {
    for (const int rows : {1, 2, 3, 5, 9, 33}) {
      const std::vector<float> x = random_floats(rows * d_in);
      const std::vector<float> weight = random_floats(d_in * d_out, 1.0f, 2);
      std::vector<float> out(rows * d_out + 1, 7.0f);
      matmul(device, out.data(), x.data(), weight.data(), rows, d_in, d_out);
      EXPECT_EQ(out.back(), 7.0f);
      for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < d_out; ++i) {
          double sum = 0.0, absolute = 0.0;
          for (int j = 0; j < d_in; ++j) {
            const double product = static_cast<double>(x[row * d_in + j]) * weight[i * d_in + j];
            sum += product;
            absolute += std::abs(product);
          }
          ASSERT_NEAR(out[row * d_out + i], sum, (d_in + 2) * kUlp * absolute)
              << d_in << " to " << d_out << ", " << rows << " rows";
        }
      }
    }
  }
}

TEST_F(Kernel, Embed) {
  const std::vector<float> table = random_floats(9 * 5);
  const std::vector<int> tokens = {8, 0, 3, 3};
  std::vector<float> out(20);
  embed(device, out.data(), table.data(), tokens.data(), 4, 5);
  for (int row = 0; row < 4; ++row) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(out[row * 5 + i], table[tokens[row] * 5 + i]);
  }
}

TEST_F(Kernel, RopeAnglesStayExactAtLargePositions) {
  const std::vector<int> positions = {0, 1, 511, -3, 1000003, 2000000011};
  const int rows = static_cast<int>(positions.size()), head_dim = 10;
  std::vector<float> angles(rows * head_dim);
  rope_angles(device, angles.data(), positions.data(), rows, head_dim, 10000.0f);
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

struct AttendShape {
  int rows, heads, kv_heads, head_dim, length, capacity;
};

class Attend : public testing::TestWithParam<AttendShape> {};

TEST_P(Attend, EqualsTheReference) {
  const auto [rows, heads, kv_heads, head_dim, length, capacity] = GetParam();
  Device device;
  const std::vector<float> q = random_floats(rows * heads * head_dim, 2.0f);
  const std::vector<float> keys = random_floats(kv_heads * capacity * head_dim, 1.0f, 2);
  const std::vector<float> values = random_floats(kv_heads * capacity * head_dim, 1.0f, 3);
  std::vector<float> out(rows * heads * head_dim, 7.0f);
  attend(device, out.data(), q.data(), keys.data(), values.data(), rows, heads, kv_heads, head_dim,
         length, capacity);
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      const int kv_head = head / (heads / kv_heads);
      std::vector<double> weights, mixed(head_dim, 0.0);
      double largest = -INFINITY, total = 0.0;
      for (int slot = 0; slot < length - rows + row + 1; ++slot) {
        double score = 0.0;
        for (int i = 0; i < head_dim; ++i) {
          score += static_cast<double>(q[(row * heads + head) * head_dim + i]) *
                   keys[(kv_head * capacity + slot) * head_dim + i];
        }
        weights.push_back(score / std::sqrt(head_dim));
        largest = std::max(largest, weights.back());
      }
      for (double& weight : weights) total += weight = std::exp(weight - largest);
      for (size_t slot = 0; slot < weights.size(); ++slot) {
        for (int i = 0; i < head_dim; ++i) {
          mixed[i] += weights[slot] / total * values[(kv_head * capacity + slot) * head_dim + i];
        }
      }
      for (int i = 0; i < head_dim; ++i) {
        ASSERT_NEAR(out[(row * heads + head) * head_dim + i], mixed[i], 2e-5)
            << "row " << row << ", head " << head << ", channel " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Attend,
    testing::Values(AttendShape{1, 1, 1, 2, 1, 1}, AttendShape{1, 4, 4, 8, 17, 64},
                    AttendShape{1, 8, 2, 64, 300, 320}, AttendShape{1, 6, 2, 10, 1031, 1031},
                    AttendShape{1, 3, 3, 48, 5000, 5001}, AttendShape{1, 20, 1, 128, 777, 800},
                    AttendShape{5, 4, 2, 8, 5, 64}, AttendShape{7, 6, 3, 6, 40, 41},
                    AttendShape{64, 8, 4, 32, 200, 256}, AttendShape{33, 2, 1, 256, 600, 640},
                    AttendShape{2, 12, 12, 64, 2000, 2048}));

TEST_F(Kernel, AttendSurvivesExtremeScores) {
  // Without subtracting the largest score, exp(3e4) would be infinite.
  std::vector<float> q = {1.0f, 0.0f}, keys = {3e4f, 0.0f, -3e4f, 0.0f, 3e4f, 0.0f};
  std::vector<float> values = {1.0f, 2.0f, 100.0f, 100.0f, 3.0f, 4.0f}, out(2);
  attend(device, out.data(), q.data(), keys.data(), values.data(), 1, 1, 1, 2, 3, 3);
  EXPECT_FLOAT_EQ(out[0], 2.0f);
  EXPECT_FLOAT_EQ(out[1], 3.0f);
}

}  // namespace
