// Operations → "", or where they are further from the same in double than float arithmetic can be.
//
// u = 2^-24 is the relative error of one rounding. A sum of n terms, in whatever order, is off by
// at most n u times the sum of the terms' magnitudes; each bound below is that, for its operation,
// and counts the roundings. On small integers, of which no float sum rounds, it is 0: equality.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <sstream>
#include <string>
#include <utility>

#include "tests/kernels/operations.h"

constexpr double kU = 1.0 / (1 << 24);

enum class Numbers { kIntegers, kRandom };

/// Draws what the checks need; a seed gives the same on every machine.
class Draw {
 public:
  Draw(Numbers numbers, unsigned seed) : numbers_(numbers), random_(seed) {}

  Floats floats(size_t count, int largest = 3) {
    Floats out(count);
    for (float& x : out) x = numbers_ == Numbers::kIntegers ? integer(largest) : fraction(largest);
    return out;
  }
  float integer(int largest) {
    return static_cast<float>(static_cast<int>(random_() % (2 * largest + 1)) - largest);
  }

 private:
  float fraction(int largest) {
    return static_cast<float>((random_() / 4294967296.0 * 2.0 - 1.0) * largest);
  }
  Numbers numbers_;
  std::mt19937 random_;
};

/// What has to come out, and how far off each number may be.
struct Expected {
  std::vector<double> value, bound;
  void add(double number, double error) {
    value.push_back(number);
    bound.push_back(error);
  }
};

inline std::string difference(const Floats& got, const Expected& expected, const char* what) {
  std::ostringstream out;
  if (got.size() != expected.value.size()) {
    out << what << " wrote " << got.size() << " numbers, not " << expected.value.size();
    return out.str();
  }
  for (size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got[i] - expected.value[i]);
    if (error <= expected.bound[i]) continue;  // NaN is not
    out.precision(9);
    out << what << ", number " << i << ": " << got[i] << " instead of " << expected.value[i]
        << ", off by " << error << "; " << expected.bound[i] << " is allowed";
    return out.str();
  }
  return "";
}

/// A product or sum of two floats is rounded once, as the double that holds it exactly is.
inline std::string wrong_add(const Operations& kernels) {
  for (const int count : {1, 31, 256, 70001}) {
    Draw draw(Numbers::kRandom, count);
    const Floats x = draw.floats(count), y = draw.floats(count);
    Expected expected;
    for (int i = 0; i < count; ++i) {
      expected.add(static_cast<float>(static_cast<double>(x[i]) + y[i]), 0.0);
    }
    if (auto wrong = difference(kernels.add(x, y), expected, "add"); !wrong.empty()) return wrong;
  }
  return "";
}

/// exp within 4 u, then an addition, a division and a product: 8 u. Above 32, 1 + exp(-x) is 1 in
/// floats, so that gates of 0 and of multiples of 32 give integers.
inline std::string wrong_silu_mul(const Operations& kernels, Numbers numbers) {
  for (const int count : {1, 31, 257, 20001}) {
    Draw draw(numbers, count);
    Floats gate = draw.floats(count, numbers == Numbers::kIntegers ? 2 : 20);
    const Floats up = draw.floats(count);
    if (numbers == Numbers::kIntegers) {
      for (float& x : gate) x = 32.0f * std::abs(x);
    }
    Expected expected;
    for (int i = 0; i < count; ++i) {
      const double silu = gate[i] / (1.0 + std::exp(-static_cast<double>(gate[i])));
      if (numbers == Numbers::kIntegers) {
        expected.add(gate[i] * up[i], 0.0);
      } else {
        expected.add(silu * up[i], 8 * kU * std::abs(silu * up[i]) + 1e-37);
      }
    }
    const Floats got = kernels.silu_mul(gate, up);
    if (auto wrong = difference(got, expected, "silu_mul"); !wrong.empty()) return wrong;
  }
  return "";
}

/// dim + 1 roundings of the mean, which the root halves, then eps, the root, its inverse and two
/// products: dim / 2 + 7. Where all squares are 4 and eps is 0, all of it is exact.
inline std::string wrong_rms_norm(const Operations& kernels, Numbers numbers) {
  const bool exact = numbers == Numbers::kIntegers;
  for (const auto& [rows, dim] : {std::pair{1, 1}, {3, 7}, {2, 64}, {40, 769}}) {
    Draw draw(numbers, dim);
    Floats x = draw.floats(static_cast<size_t>(rows) * dim);
    if (exact) {
      for (float& each : x) each = each > 0.0f ? 2.0f : -2.0f;
    }
    const Floats weight = draw.floats(dim);
    const float eps = exact ? 0.0f : 0.01f;
    Expected expected;
    for (int row = 0; row < rows; ++row) {
      double squares = 0.0;
      for (int i = 0; i < dim; ++i) squares += std::pow(x[row * dim + i], 2.0);
      for (int i = 0; i < dim; ++i) {
        const double normed = x[row * dim + i] / std::sqrt(squares / dim + eps) * weight[i];
        expected.add(normed, exact ? 0.0 : (dim / 2 + 7) * kU * std::abs(normed));
      }
    }
    const Floats got = kernels.rms_norm(x, weight, rows, dim, eps);
    if (auto wrong = difference(got, expected, "rms_norm"); !wrong.empty()) return wrong;
  }
  return "";
}

/// d_in products and d_in - 1 additions: d_in roundings of each term at most.
inline std::string wrong_matmul(const Operations& kernels, Numbers numbers) {
  for (const auto& [d_in, d_out] : {std::pair{1, 1}, {7, 5}, {64, 172}, {257, 515}, {1000, 33}}) {
    for (const int rows : {1, 2, 5, 6, 33}) {  // up to 5 our own loop, then BLAS
      Draw draw(numbers, d_in + rows);
      const Floats x = draw.floats(static_cast<size_t>(rows) * d_in);
      const Floats weight = draw.floats(static_cast<size_t>(d_out) * d_in);
      Expected expected;
      for (int at = 0; at < rows * d_out; ++at) {
        double sum = 0.0, magnitude = 0.0;
        for (int i = 0; i < d_in; ++i) {
          const double product = static_cast<double>(x[at / d_out * d_in + i]) *
                                 weight[static_cast<size_t>(at % d_out) * d_in + i];
          sum += product;
          magnitude += std::abs(product);
        }
        expected.add(sum, numbers == Numbers::kIntegers ? 0.0 : d_in * kU * magnitude);
      }
      const Floats got = kernels.matmul(x, weight, rows, d_in, d_out);
      if (auto wrong = difference(got, expected, "matmul"); !wrong.empty()) return wrong;
    }
  }
  return "";
}

/// Copies: equality.
inline std::string wrong_embed(const Operations& kernels) {
  const Integers tokens = {8, 0, 3, 3, 10};
  for (const int dim : {1, 5, 300}) {
    const Floats table = Draw(Numbers::kRandom, dim).floats(static_cast<size_t>(11) * dim);
    Expected expected;
    for (const int token : tokens) {
      for (int i = 0; i < dim; ++i) expected.add(table[token * dim + i], 0.0);
    }
    const Floats got = kernels.embed(table, tokens, dim);
    if (auto wrong = difference(got, expected, "embed"); !wrong.empty()) return wrong;
  }
  return "";
}

/// Rows from `from` on of each head stand at `to`, and nothing else has changed: equality.
inline std::string wrong_move_rows(const Operations& kernels) {
  const int heads = 3, capacity = 10, head_dim = 4;
  const Floats old = Draw(Numbers::kRandom, 1).floats(heads * capacity * head_dim);
  for (const auto& [to, from, rows] :
       {std::array{0, 3, 6}, {3, 0, 6}, {2, 2, 6}, {0, 9, 1}, {4, 1, 0}}) {
    Expected expected;
    for (const float x : old) expected.add(x, 0.0);
    for (int head = 0; head < heads; ++head) {
      const size_t first = static_cast<size_t>(head) * capacity * head_dim;
      for (int i = 0; i < rows * head_dim; ++i) {
        expected.value[first + to * head_dim + i] = old[first + from * head_dim + i];
      }
    }
    const Floats got = kernels.move_rows(old, to, from, heads, rows, head_dim, capacity);
    if (auto wrong = difference(got, expected, "move_rows"); !wrong.empty()) return wrong;
  }
  return "";
}

/// x (rows, heads, head_dim) in the first rows of each head, the others as they were: equality.
inline std::string wrong_store_rows(const Operations& kernels) {
  for (const auto& [rows, heads, head_dim, capacity] :
       {std::array{1, 1, 1, 1}, {5, 3, 24, 9}, {37, 2, 129, 64}}) {
    Draw draw(Numbers::kRandom, rows);
    const Floats x = draw.floats(static_cast<size_t>(rows) * heads * head_dim);
    const Floats old = draw.floats(static_cast<size_t>(heads) * capacity * head_dim);
    Expected expected;
    for (const float each : old) expected.add(each, 0.0);
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < heads * head_dim; ++i) {
        const size_t to = (i / head_dim * capacity + row) * head_dim + i % head_dim;
        expected.value[to] = x[row * heads * head_dim + i];
      }
    }
    const Floats got = kernels.store_rows(old, x, rows, heads, head_dim, capacity);
    if (auto wrong = difference(got, expected, "store_rows"); !wrong.empty()) return wrong;
  }
  return "";
}

/// A power in double is off by two units of its last place, and the angle is a product of it: 2^-50
/// of the angle; then its cosine is rounded to float. Position 0 gives 1 and 0.
inline std::string wrong_rope_angles(const Operations& kernels) {
  const Integers positions = {0, 1, 511, -3, 131071, 1000003, 2000000011};
  struct Shape {
    int head_dim;
    float theta;
    RopeScaling scaling;
  };
  for (const auto& [head_dim, theta, scaling] :
       {Shape{2, 10000.0f, {}}, Shape{10, 10000.0f, {}}, Shape{128, 5e5f, {}},
        Shape{10, 100.0f, {.factor = 2.5f}}, Shape{128, 5e5f, {8.0f, 1.0f, 4.0f, 8192}},
        Shape{32, 1e4f, {4.0f, 1.5f, 6.0f, 96}}}) {
    Expected expected;
    for (const int position : positions) {
      for (int i = 0; i < head_dim / 2; ++i) {
        const long double plain = std::pow(static_cast<long double>(theta), -2.0L * i / head_dim);
        const long double turns = scaling.context * plain / (2 * std::numbers::pi_v<long double>);
        const long double slope = (turns - scaling.low) / (scaling.high - scaling.low);
        const long double fast = turns > scaling.high ? 1 : turns < scaling.low ? 0 : slope;
        const long double angle = position * plain * (fast + (1 - fast) / scaling.factor);
        const double bound =
            position == 0 ? 0.0 : kU + static_cast<double>(std::abs(angle)) * 0x1p-50;
        expected.add(static_cast<double>(std::cos(angle)), bound);
        expected.add(static_cast<double>(std::sin(angle)), bound);
      }
    }
    const Floats got = kernels.rope_angles(positions, head_dim, theta, scaling);
    if (auto wrong = difference(got, expected, "rope_angles"); !wrong.empty()) return wrong;
  }
  return "";
}

/// Two products and their sum: 2 u of each product. By quarters of a turn integers stay integers.
inline std::string wrong_rope(const Operations& kernels, Numbers numbers) {
  for (const auto& [rows, heads, head_dim] : {std::array{1, 1, 2}, {7, 3, 6}, {4, 5, 64}}) {
    for (const bool interleaved : {false, true}) {
      Draw draw(numbers, head_dim);
      const Floats x = draw.floats(static_cast<size_t>(rows) * heads * head_dim);
      Floats angles = draw.floats(static_cast<size_t>(rows) * head_dim, 1);
      const bool exact = numbers == Numbers::kIntegers;
      Expected expected;
      expected.value.resize(x.size());
      expected.bound.resize(x.size());
      for (int at = 0; at < rows * heads * head_dim / 2; ++at) {
        const int head = at / (head_dim / 2), i = at % (head_dim / 2);
        const int first = head * head_dim + (interleaved ? 2 * i : i);
        const int second = first + (interleaved ? 1 : head_dim / 2);
        const float* turn = &angles[head / heads * head_dim + 2 * i];
        const double a = x[first], b = x[second], cosine = turn[0], sine = turn[1];
        expected.value[first] = a * cosine - b * sine;
        expected.value[second] = a * sine + b * cosine;
        expected.bound[first] = 2 * kU * (std::abs(a * cosine) + std::abs(b * sine));
        expected.bound[second] = 2 * kU * (std::abs(a * sine) + std::abs(b * cosine));
        if (exact) expected.bound[first] = expected.bound[second] = 0.0;
      }
      const Floats got = kernels.rope(x, angles, rows, heads, head_dim, interleaved);
      if (auto wrong = difference(got, expected, "rope"); !wrong.empty()) return wrong;
    }
  }
  return "";
}

/// softmax(q K^T / sqrt(head_dim)) V of one row and head. A score is off by head_dim + 3 roundings
/// of its terms (the products, their sum, the scale) and by the subtraction of the largest; a
/// weight by that, twice (its total holds the same error), by 4 u of exp, and by a rounding for
/// each of the `seen` terms of the total and of the mixture.
inline void expect_row(const AttendShape& s, int row, int head, const Floats& q, const Floats& keys,
                       const Floats& values, bool exact, Expected& expected) {
  const size_t from = static_cast<size_t>(head / (s.heads / s.kv_heads)) * s.capacity * s.head_dim;
  const float* query = &q[static_cast<size_t>(row * s.heads + head) * s.head_dim];
  const int seen = s.length - s.rows + row + 1;
  const double scale = 1.0 / std::sqrt(static_cast<double>(s.head_dim));
  std::vector<double> weights(seen);
  double largest = -INFINITY, error = 0.0, loudest = 0.0;
  for (int slot = 0; slot < seen; ++slot) {
    double score = 0.0, magnitude = 0.0;
    for (int i = 0; i < s.head_dim; ++i) {
      const double product =
          query[i] * scale * keys[from + static_cast<size_t>(slot) * s.head_dim + i];
      score += product;
      magnitude += std::abs(product);
    }
    weights[slot] = score;
    largest = std::max(largest, score);
    loudest = std::max(loudest, std::abs(score));
    error = std::max(error, (s.head_dim + 3) * kU * magnitude);
  }
  double total = 0.0;
  for (double& weight : weights) total += weight = std::exp(weight - largest);
  const double relative = 2 * (error + 2 * kU * loudest) + (2 * seen + 8) * kU;
  for (int i = 0; i < s.head_dim; ++i) {
    double mixed = 0.0, magnitude = 0.0;
    for (int slot = 0; slot < seen; ++slot) {
      const double part =
          weights[slot] / total * values[from + static_cast<size_t>(slot) * s.head_dim + i];
      mixed += part;
      magnitude += std::abs(part);
    }
    expected.add(mixed, exact ? 0.0 : relative * magnitude);
  }
}

struct AttendInputs {
  Floats q, keys, values;
};

inline AttendInputs draw_attention(const AttendShape& s, Numbers numbers) {
  Draw draw(numbers, s.length + s.head_dim);
  const size_t cached = static_cast<size_t>(s.kv_heads) * s.capacity * s.head_dim;
  const size_t asked = static_cast<size_t>(s.rows) * s.heads * s.head_dim;
  return {draw.floats(asked, 2), draw.floats(cached, 2), draw.floats(cached)};
}

/// Queries of 0: each key has the same weight, a power of 2 where the row sees 2^n of them.
inline AttendInputs silent_queries(const AttendShape& s) {
  AttendInputs out = draw_attention(s, Numbers::kIntegers);
  std::fill(out.q.begin(), out.q.end(), 0.0f);
  return out;
}

/// One key that all rows see is so much louder than the others that its values come out: what the
/// others add is below the last bit, since no value is 0.
inline AttendInputs loud_key(const AttendShape& s) {
  AttendInputs out = draw_attention(s, Numbers::kIntegers);
  std::fill(out.q.begin(), out.q.end(), 1.0f);
  for (float& value : out.values) value = value >= 0.0f ? value + 1.0f : value;
  for (int head = 0; head < s.kv_heads; ++head) {
    const int slot = head * s.capacity + (s.length - s.rows) / 2;
    std::fill_n(out.keys.begin() + static_cast<size_t>(slot) * s.head_dim, s.head_dim, 100.0f);
  }
  return out;
}

inline std::string wrong_attention(const Operations& kernels, const AttendShape& s,
                                   const AttendInputs& in, bool exact) {
  Expected expected;
  for (int at = 0; at < s.rows * s.heads; ++at) {
    expect_row(s, at / s.heads, at % s.heads, in.q, in.keys, in.values, exact, expected);
  }
  const Floats got = kernels.attend(in.q, in.keys, in.values, s);
  return difference(got, expected, exact ? "attend to integers" : "attend");
}

inline std::string wrong_attend(const Operations& kernels, Numbers numbers) {
  if (numbers == Numbers::kIntegers) {
    for (const AttendShape& s : {AttendShape{1, 1, 1, 2, 1, 1}, AttendShape{1, 4, 4, 8, 16, 64},
                                 AttendShape{1, 8, 2, 64, 256, 320}}) {
      const std::string wrong = wrong_attention(kernels, s, silent_queries(s), true);
      if (!wrong.empty()) return wrong;
    }
  }
  for (const AttendShape& s :
       {AttendShape{1, 1, 1, 2, 1, 1}, AttendShape{1, 4, 4, 8, 17, 64},
        AttendShape{1, 8, 2, 64, 300, 320}, AttendShape{1, 6, 2, 10, 31, 31},
        AttendShape{1, 20, 1, 128, 77, 80}, AttendShape{5, 4, 2, 8, 6, 64},
        AttendShape{7, 6, 3, 6, 40, 41}, AttendShape{33, 4, 2, 32, 100, 128},
        AttendShape{2, 12, 12, 64, 1000, 1024}, AttendShape{1, 3, 3, 48, 5000, 5001}}) {
    const bool exact = numbers == Numbers::kIntegers;
    const AttendInputs in = exact ? loud_key(s) : draw_attention(s, numbers);
    const std::string wrong = wrong_attention(kernels, s, in, exact);
    if (!wrong.empty()) return wrong;
  }
  return "";
}
