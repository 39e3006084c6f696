// Are the bounds of float64.h tight enough? Kernels on the host, written plainly, pass; each with
// one mistake in it is found.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "tests/kernels/float64.h"

namespace {

/// What is wrong with the plain kernels below.
enum class Mistake {
  kNone,
  kAddLeavesOutTheLast,
  kSiluForgetsUp,
  kSiluHasACoarseExponential,
  kNormLeavesOutASquare,
  kNormTakesTheNextWeight,
  kNormAddsEpsilonToTheRoot,
  kMatmulLeavesOutATerm,
  kMatmulReadsTheColumn,
  kMatmulRoundsFactorsToTf32,
  kMatmulAddsUpInBfloat16,
  kEmbedTakesTheNextToken,
  kMoveLeavesOutARow,
  kMoveReadsWhatItWrote,
  kStoreLeavesHeadsAsTheyCame,
  kAnglesInFloat,
  kAnglesFromTheNextPair,
  kAnglesAreNotScaled,
  kRopeTurnsBack,
  kRopePairsNeighboursAlways,
  kAttendLeavesOutTheNewest,
  kAttendSeesTheFuture,
  kAttendMixesUpHeads,
  kAttendForgetsTheScale,
  kAttendCountsAWeightTwice,
  kAttendRoundsWeightsToBfloat16,
};

/// Rounded to 8 bits of fraction and less, as in a type of `bits` bits.
float coarse(float x, int bits) {
  const uint32_t half = 1u << (31 - bits), mask = ~((1u << (32 - bits)) - 1);
  return std::bit_cast<float>((std::bit_cast<uint32_t>(x) + half) & mask);
}
float bfloat16(float x) { return coarse(x, 16); }
float tf32(float x) { return coarse(x, 19); }

Floats plain_silu_mul(const Floats& gate, const Floats& up, Mistake mistake) {
  Floats out;
  for (size_t i = 0; i < gate.size(); ++i) {
    float power = std::exp(-gate[i]);
    if (mistake == Mistake::kSiluHasACoarseExponential) power *= 1.00001f;
    out.push_back(gate[i] / (1.0f + power) * (mistake == Mistake::kSiluForgetsUp ? 1.0f : up[i]));
  }
  return out;
}

Floats plain_rms_norm(const Floats& x, const Floats& weight, int rows, int dim, float eps,
                      Mistake mistake) {
  Floats out;
  for (int row = 0; row < rows; ++row) {
    float squares = 0.0f;
    const int from = mistake == Mistake::kNormLeavesOutASquare ? 1 : 0;
    for (int i = from; i < dim; ++i) squares += x[row * dim + i] * x[row * dim + i];
    const float mean = squares / static_cast<float>(dim);
    const float scale = mistake == Mistake::kNormAddsEpsilonToTheRoot
                            ? 1.0f / (std::sqrt(mean) + eps)
                            : 1.0f / std::sqrt(mean + eps);
    const int next = mistake == Mistake::kNormTakesTheNextWeight ? 1 : 0;
    for (int i = 0; i < dim; ++i) {
      out.push_back(x[row * dim + i] * scale * weight[(i + next) % dim]);
    }
  }
  return out;
}

Floats plain_matmul(const Floats& x, const Floats& weight, int rows, int d_in, int d_out,
                    Mistake mistake) {
  Floats out;
  for (int at = 0; at < rows * d_out; ++at) {
    const int row = at / d_out, column = at % d_out;
    float sum = 0.0f;
    const int terms = mistake == Mistake::kMatmulLeavesOutATerm ? d_in - 1 : d_in;
    for (int i = 0; i < terms; ++i) {
      const size_t where = mistake == Mistake::kMatmulReadsTheColumn
                               ? static_cast<size_t>(i) * d_out + column
                               : static_cast<size_t>(column) * d_in + i;
      float a = x[row * d_in + i], b = weight[where];
      if (mistake == Mistake::kMatmulRoundsFactorsToTf32) a = tf32(a), b = tf32(b);
      sum += a * b;
      if (mistake == Mistake::kMatmulAddsUpInBfloat16) sum = bfloat16(sum);
    }
    out.push_back(sum);
  }
  return out;
}

Floats plain_rope_angles(const Integers& positions, int head_dim, float theta,
                         const RopeScaling& scaling, Mistake mistake) {
  Floats out;
  for (const int position : positions) {
    for (int i = 0; i < head_dim / 2; ++i) {
      const int pair = mistake == Mistake::kAnglesFromTheNextPair ? i + 1 : i;
      double angle = position * rope_frequency(pair, head_dim, theta, scaling);
      if (mistake == Mistake::kAnglesAreNotScaled) {
        angle = position * std::pow(static_cast<double>(theta), -2.0 * pair / head_dim);
      }
      if (mistake == Mistake::kAnglesInFloat) {
        angle = static_cast<float>(position) * std::pow(theta, -2.0f * pair / head_dim);
      }
      out.push_back(static_cast<float>(std::cos(angle)));
      out.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return out;
}

Floats plain_rope(Floats x, const Floats& angles, int rows, int heads, int head_dim,
                  bool interleaved, Mistake mistake) {
  interleaved = interleaved || mistake == Mistake::kRopePairsNeighboursAlways;
  for (int at = 0; at < rows * heads * head_dim / 2; ++at) {
    const int head = at / (head_dim / 2), i = at % (head_dim / 2);
    const int first = head * head_dim + (interleaved ? 2 * i : i);
    const int second = first + (interleaved ? 1 : head_dim / 2);
    const float a = x[first], b = x[second], cosine = angles[head / heads * head_dim + 2 * i];
    float sine = angles[head / heads * head_dim + 2 * i + 1];
    if (mistake == Mistake::kRopeTurnsBack) sine = -sine;
    x[first] = a * cosine - b * sine;
    x[second] = a * sine + b * cosine;
  }
  return x;
}

Floats plain_embed(const Floats& table, const Integers& tokens, int dim, Mistake mistake) {
  Floats out;
  const size_t rows = table.size() / dim;
  for (size_t token : tokens) {
    if (mistake == Mistake::kEmbedTakesTheNextToken) token = (token + 1) % rows;
    out.insert(out.end(), table.begin() + token * dim, table.begin() + (token + 1) * dim);
  }
  return out;
}

Floats plain_store_rows(Floats cache, const Floats& x, int rows, int heads, int head_dim,
                        int capacity, Mistake mistake) {
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      const int from =
          mistake == Mistake::kStoreLeavesHeadsAsTheyCame ? head * rows + row : row * heads + head;
      std::copy_n(x.begin() + from * head_dim, head_dim,
                  cache.begin() + (head * capacity + row) * head_dim);
    }
  }
  return cache;
}

Floats plain_move_rows(Floats cache, int to, int from, int heads, int rows, int head_dim,
                       int capacity, Mistake mistake) {
  const Floats old = cache;
  const Floats& source = mistake == Mistake::kMoveReadsWhatItWrote ? cache : old;
  if (mistake == Mistake::kMoveLeavesOutARow) --rows;
  for (int head = 0; head < heads; ++head) {
    float* start = cache.data() + static_cast<size_t>(head) * capacity * head_dim;
    const float* read = source.data() + static_cast<size_t>(head) * capacity * head_dim;
    for (int i = 0; i < rows * head_dim; ++i) start[to * head_dim + i] = read[from * head_dim + i];
  }
  return cache;
}

/// One row and head of attention, in float.
void plain_attend_row(const float* query, const float* keys, const float* values, int seen,
                      int head_dim, float* out, Mistake mistake) {
  std::vector<float> weights(seen);
  const float scale = mistake == Mistake::kAttendForgetsTheScale
                          ? 1.0f
                          : 1.0f / std::sqrt(static_cast<float>(head_dim));
  for (int slot = 0; slot < seen; ++slot) {
    for (int i = 0; i < head_dim; ++i) weights[slot] += query[i] * keys[slot * head_dim + i];
    weights[slot] *= scale;
  }
  const float largest = weights.empty() ? 0.0f : *std::max_element(weights.begin(), weights.end());
  float total = 0.0f;
  for (float& weight : weights) total += weight = std::exp(weight - largest);
  if (mistake == Mistake::kAttendCountsAWeightTwice) total += weights[0];
  for (int i = 0; i < head_dim; ++i) {
    float mixed = 0.0f;
    for (int slot = 0; slot < seen; ++slot) {
      float weight = weights[slot] / total;
      if (mistake == Mistake::kAttendRoundsWeightsToBfloat16) weight = bfloat16(weight);
      mixed += weight * values[slot * head_dim + i];
    }
    out[i] = mixed;
  }
}

Floats plain_attend(const Floats& q, const Floats& keys, const Floats& values, const AttendShape& s,
                    Mistake mistake) {
  Floats out(q.size());
  for (int at = 0; at < s.rows * s.heads; ++at) {
    const int row = at / s.heads, head = at % s.heads;
    int seen = s.length - s.rows + row + 1;
    if (mistake == Mistake::kAttendLeavesOutTheNewest) seen -= seen > 1;
    if (mistake == Mistake::kAttendSeesTheFuture) seen = s.length;
    const int kv_head =
        mistake == Mistake::kAttendMixesUpHeads ? head % s.kv_heads : head / (s.heads / s.kv_heads);
    const size_t from = static_cast<size_t>(kv_head) * s.capacity * s.head_dim;
    plain_attend_row(&q[at * s.head_dim], &keys[from], &values[from], seen, s.head_dim,
                     &out[at * s.head_dim], mistake);
  }
  return out;
}

Operations plain_kernels(Mistake m) {
  Operations out;
  out.add = [m](Floats x, const Floats& y) {
    const size_t count = x.size() - (m == Mistake::kAddLeavesOutTheLast);
    for (size_t i = 0; i < count; ++i) x[i] += y[i];
    return x;
  };
  out.silu_mul = [m](const auto&... given) { return plain_silu_mul(given..., m); };
  out.rms_norm = [m](const auto&... given) { return plain_rms_norm(given..., m); };
  out.matmul = [m](const auto&... given) { return plain_matmul(given..., m); };
  out.embed = [m](const auto&... given) { return plain_embed(given..., m); };
  out.rope_angles = [m](const auto&... given) { return plain_rope_angles(given..., m); };
  out.rope = [m](const auto&... given) { return plain_rope(given..., m); };
  out.store_rows = [m](const auto&... given) { return plain_store_rows(given..., m); };
  out.move_rows = [m](const auto&... given) { return plain_move_rows(given..., m); };
  out.attend = [m](const auto&... given) { return plain_attend(given..., m); };
  return out;
}

/// The first complaint of any check.
std::string complaint(const Operations& kernels) {
  std::string out;
  for (const Numbers numbers : {Numbers::kIntegers, Numbers::kRandom}) {
    for (const auto check :
         {wrong_silu_mul, wrong_rms_norm, wrong_matmul, wrong_rope, wrong_attend}) {
      if (out.empty()) out = check(kernels, numbers);
    }
  }
  for (const auto check :
       {wrong_add, wrong_embed, wrong_move_rows, wrong_store_rows, wrong_rope_angles}) {
    if (out.empty()) out = check(kernels);
  }
  return out;
}

TEST(PlantedInKernels, PlainFloatKernelsPass) {
  EXPECT_EQ(complaint(plain_kernels(Mistake::kNone)), "");
}

class PlantedMistake : public testing::TestWithParam<int> {};

TEST_P(PlantedMistake, IsFound) {
  EXPECT_NE(complaint(plain_kernels(static_cast<Mistake>(GetParam()))), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, PlantedMistake,
    testing::Range(1, static_cast<int>(Mistake::kAttendRoundsWeightsToBfloat16) + 1));

/// A mistake that integers hide, and one that only they show for sure.
TEST(PlantedInKernels, RandomNumbersFindWhatIntegersCannot) {
  const Operations rounded = plain_kernels(Mistake::kMatmulRoundsFactorsToTf32);
  EXPECT_EQ(wrong_matmul(rounded, Numbers::kIntegers), "");
  EXPECT_NE(wrong_matmul(rounded, Numbers::kRandom), "");
}

TEST(PlantedInKernels, AComplaintNamesTheNumberAndTheBound) {
  const std::string said = complaint(plain_kernels(Mistake::kMatmulLeavesOutATerm));
  EXPECT_EQ(said.find("matmul, number 0: "), 0u) << said;
  EXPECT_NE(said.find("off by "), std::string::npos) << said;
  EXPECT_NE(said.find("; 0 is allowed"), std::string::npos) << said;
}

}  // namespace
