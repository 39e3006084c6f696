// The kernels that compressors score and keep tokens by, against float64: those of the CPU, or,
// compiled by nvcc, those of CUDA, which are skipped without a GPU. Bounds are counted as in
// float64.h.
#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "add_moments.h"
#include "add_paged_values.h"
#include "add_rows.h"
#include "attend_and_sum.h"
#include "attend_narrow.h"
#include "attend_paged_and_sum.h"
#include "attend_paired.h"
#include "attend_ragged.h"
#include "channel_squares.h"
#include "copy_rows.h"
#include "expected_scores.h"
#include "gather_channels.h"
#include "gather_paged_rows.h"
#include "gather_rows.h"
#include "key_similarity.h"
#include "merge_directions.h"
#include "rope.h"
#include "rope_angles.h"
#include "row_cosines.h"
#include "row_norms.h"
#include "store_ragged.h"
#include "sum_attention.h"
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

TEST_F(Scores, GatherPagedRowsCopiesAndTouchesNothingElse) {
  const int heads = 3, head_dim = 33, block = 16, first = 5, length = 300, same = 9;
  const int blocks = (first + length + block - 1) / block;
  const Floats old = cache(blocks * 2 * heads, block, head_dim, block);  // one behind the other
  const auto row_of = [&](int slot, int side, int head) {
    const size_t at = (first + slot) / block;
    return ((at * 2 + side) * heads + head) * block + (first + slot) % block;
  };
  for (const int step : {1, 2, 3}) {  // of each head other rows: from the end, every `step`-th
    const int behind = length - same, count = (behind + step - 1) / step;
    Integers rows;
    Expected expected;
    for (const float x : old) expected.add(x, 0.0);
    for (int at = 0; at < heads * count; ++at) {
      const int head = at / count, slot = at % count;
      rows.push_back(same + std::min(slot * step + head, behind - count + slot));
      for (int i = 0; i < 2 * head_dim; ++i) {
        const int side = i / head_dim, channel = i % head_dim;
        expected.value[row_of(same + slot, side, head) * head_dim + channel] =
            old[row_of(rows.back(), side, head) * head_dim + channel];
      }
    }
    Buffer<float> kept = to_device(device, old);
    std::vector<float*> table;
    for (int at = 0; at < blocks; ++at) {
      table.push_back(kept.data() + static_cast<size_t>(at) * 2 * heads * block * head_dim);
    }
    const Buffer<float*> device_table = to_device(device, table);
    const Buffer<int> which = to_device(device, rows);
    gather_paged_rows(device, {device_table.data(), first, length, block, heads, head_dim},
                      which.data(), same, count);
    EXPECT_EQ(difference(to_host(kept), expected, "gather_paged_rows"), "") << step;
  }
}

/// Of each head `count` terms: of some the weight is 0, some add a row to itself, and many what
/// others before them added up.
std::vector<RowTerm> draw_terms(int heads, int count, int length) {
  std::mt19937 random(heads + count + length);
  std::vector<RowTerm> terms;
  for (int at = 0; at < heads * count; ++at) {
    const int from = static_cast<int>(random() % length), to = static_cast<int>(random() % length);
    const float weight = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    terms.push_back({from, at % 5 == 0 ? from : to, at % 7 == 0 ? 0.0f : weight});
  }
  return terms;
}

/// Adds them up, one after the other; row_of(slot, head) says where a row is. The product is
/// rounded once and so is the sum, and what was off before is so by `weight` times.
template <class RowOf>
void add_terms(Expected& rows, const std::vector<RowTerm>& terms, int count, int head_dim,
               RowOf row_of) {
  for (size_t at = 0; at < terms.size(); ++at) {
    const auto [from, to, weight] = terms[at];
    if (weight == 0.0f) continue;
    for (int i = 0; i < head_dim; ++i) {
      const size_t source = row_of(from, static_cast<int>(at) / count) * head_dim + i;
      const size_t target = row_of(to, static_cast<int>(at) / count) * head_dim + i;
      const double term = weight * rows.value[source];
      rows.bound[target] += std::abs(weight) * rows.bound[source];
      rows.value[target] += term;
      rows.bound[target] += 2 * kU * (std::abs(term) + std::abs(rows.value[target]));
    }
  }
}

TEST_F(Scores, AddRowsAddsTermByTermAndTouchesNothingElse) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    for (const int count : {0, 1, 5, 40}) {
      const Floats old = cache(heads, capacity, head_dim, capacity);
      const std::vector<RowTerm> terms = draw_terms(heads, count, length);
      Expected expected;
      for (const float x : old) expected.add(x, 0.0);
      add_terms(expected, terms, count, head_dim,
                [&](int slot, int head) { return static_cast<size_t>(head) * capacity + slot; });
      Buffer<float> rows = to_device(device, old);
      const Buffer<RowTerm> device_terms = to_device(device, terms);
      add_rows(device, rows.data(), device_terms.data(), heads, count, head_dim, capacity);
      EXPECT_EQ(difference(to_host(rows), expected, "add_rows"), "") << length << ", " << count;
    }
  }
}

TEST_F(Scores, AddPagedValuesIsAddRowsInBlocks) {
  const int heads = 3, head_dim = 33, block = 16, first = 5, length = 300;
  const int blocks = (first + length + block - 1) / block;
  const Floats old = cache(blocks * 2 * heads, block, head_dim, block);  // one behind the other
  for (const int count : {0, 1, 5, 400}) {
    const std::vector<RowTerm> terms = draw_terms(heads, count, length);
    Expected expected;
    for (const float x : old) expected.add(x, 0.0);
    add_terms(expected, terms, count, head_dim, [&](int slot, int head) {
      const size_t at = (first + slot) / block;
      return ((at * 2 + 1) * heads + head) * block + (first + slot) % block;
    });
    Buffer<float> rows = to_device(device, old);
    std::vector<float*> table;
    for (int at = 0; at < blocks; ++at) {
      table.push_back(rows.data() + static_cast<size_t>(at) * 2 * heads * block * head_dim);
    }
    const Buffer<float*> device_table = to_device(device, table);
    const Buffer<RowTerm> device_terms = to_device(device, terms);
    add_paged_values(device, {device_table.data(), first, length, block, heads, head_dim},
                     device_terms.data(), count);
    EXPECT_EQ(difference(to_host(rows), expected, "add_paged_values"), "") << count;
  }
}

/// Such terms stand where a head has fewer than others.
TEST_F(Scores, ATermOfWeightZeroAddsNothingNotEvenOfWhatIsInfinite) {
  const Floats old = {1.0f, 2.0f, 3.0f, 4.0f, INFINITY, INFINITY, 5.0f, 6.0f};  // keys, values
  const Buffer<RowTerm> terms = to_device(device, std::vector<RowTerm>{{0, 1, 0.0f}});
  Buffer<float> rows = to_device(device, old);
  const Buffer<float*> table = to_device(device, std::vector<float*>{rows.data()});
  add_rows(device, rows.data() + 4, terms.data(), 1, 1, 2, 2);
  add_paged_values(device, {table.data(), 0, 2, 2, 1, 2}, terms.data(), 1);
  EXPECT_EQ(to_host(rows), old);
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

/// Two norms within head_dim / 2 + 2 roundings, a mean direction with 2 for each of its `length`
/// terms and those of their norms, and a product of head_dim terms, each of magnitude 1 at most.
TEST_F(Scores, KeySimilarity) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats keys = cache(heads, length, head_dim, capacity);
    Expected expected;
    for (int head = 0; head < heads; ++head) {
      const float* of_head = &keys[static_cast<size_t>(head) * capacity * head_dim];
      std::vector<double> norms(length), mean(head_dim), sizes(head_dim);
      for (int row = 0; row < length; ++row) {
        for (int i = 0; i < head_dim; ++i) norms[row] += std::pow(of_head[row * head_dim + i], 2.0);
        norms[row] = std::sqrt(norms[row]);
        for (int i = 0; i < head_dim; ++i) mean[i] += of_head[row * head_dim + i] / norms[row];
        for (int i = 0; i < head_dim; ++i)
          sizes[i] += std::abs(of_head[row * head_dim + i]) / norms[row];
      }
      double norm = 0.0, size = 0.0;
      for (const double x : mean) norm += x * x;
      for (const double x : sizes) size += x * x;
      norm = std::sqrt(norm);
      const double bound = (3 * head_dim + 2 * length + 12) * kU * std::sqrt(size) / norm;
      for (int row = 0; row < length; ++row) {
        double product = 0.0;
        for (int i = 0; i < head_dim; ++i) product += of_head[row * head_dim + i] * mean[i];
        expected.add(product / norms[row] / norm, bound);
      }
    }
    Buffer<float> similarities(device, static_cast<size_t>(heads) * length);
    const Buffer<float> from = to_device(device, keys);
    key_similarity(device, similarities.data(), from.data(), heads, length, head_dim, capacity);
    EXPECT_EQ(difference(to_host(similarities), expected, "key_similarity"), "") << length;
  }
}

TEST_F(Scores, AKeyOfNormZeroIsLikeNone) {
  const Floats keys = {0.0f, 0.0f, 3.0f, 4.0f, 0.0f, 0.0f};
  Buffer<float> similarities(device, 3);
  const Buffer<float> from = to_device(device, keys);
  key_similarity(device, similarities.data(), from.data(), 1, 3, 2, 3);
  const Floats got = to_host(similarities);
  EXPECT_EQ(got[0], 0.0f);
  EXPECT_NEAR(got[1], 1.0f, 1e-6);
  EXPECT_EQ(got[2], 0.0f);
}

/// The weights of expect_row() in float64.h, without values: of the rows [first, end), added up
/// over rows and the group; what stood there before, 1, is kept.
Expected expected_sums(const AttendShape& s, const AttendInputs& in, int first, int end) {
  Expected expected;
  expected.value.assign(static_cast<size_t>(s.kv_heads) * s.length, 1.0);
  expected.bound.assign(expected.value.size(), 0.0);
  for (int at = first * s.heads; at < end * s.heads; ++at) {
    const int row = at / s.heads, kv_head = at % s.heads / (s.heads / s.kv_heads);
    const float* query = &in.q[static_cast<size_t>(at) * s.head_dim];
    const int seen = s.length - s.rows + row + 1;
    std::vector<double> weights(seen);
    double total = 0.0, error = 0.0;
    for (int slot = 0; slot < seen; ++slot) {
      double magnitude = 0.0;
      for (int i = 0; i < s.head_dim; ++i) {
        const size_t key = (static_cast<size_t>(kv_head) * s.capacity + slot) * s.head_dim + i;
        const double product = query[i] * in.keys[key] / std::sqrt(s.head_dim);
        weights[slot] += product;
        magnitude += std::abs(product);
      }
      error = std::max(error, 2 * (s.head_dim + 5) * kU * magnitude + (seen + 8) * kU);
      total += weights[slot] = std::exp(weights[slot]);
    }
    for (int slot = 0; slot < seen; ++slot) {
      const size_t to = static_cast<size_t>(kv_head) * s.length + slot;
      expected.value[to] += weights[slot] / total;
      expected.bound[to] += error * weights[slot] / total + kU * expected.value[to];
    }
  }
  return expected;
}

constexpr std::array<AttendShape, 6> kSummed = {{{1, 1, 1, 2, 1, 1},
                                                 {1, 4, 4, 8, 17, 64},
                                                 {1, 8, 2, 64, 300, 320},
                                                 {5, 6, 2, 10, 31, 31},
                                                 {32, 4, 1, 128, 77, 80},
                                                 {64, 4, 2, 8, 64, 64}}};

TEST_F(Scores, SumAttention) {
  for (const AttendShape& s : kSummed) {
    const AttendInputs in = draw_attention(s, Numbers::kRandom);
    const Expected expected = expected_sums(s, in, 0, s.rows);
    Buffer<float> received = to_device(device, Floats(expected.value.size(), 1.0f));
    const Buffer<float> queries = to_device(device, in.q), keys = to_device(device, in.keys);
    sum_attention(device, received.data(), queries.data(), keys.data(), s.rows, s.heads, s.kv_heads,
                  s.head_dim, s.length, s.capacity);
    EXPECT_EQ(difference(to_host(received), expected, "sum_attention"), "") << s.length;
    const Floats before = to_host(received);
    sum_attention(device, received.data(), nullptr, keys.data(), 0, s.heads, s.kv_heads, s.head_dim,
                  s.length, s.capacity);
    EXPECT_EQ(to_host(received), before) << "without rows";
  }
}

/// Over rows in one piece, and over blocks of 7, whose first three rows are not the cache's.
TEST_F(Scores, AttendAndSum) {
  for (const AttendShape& s : kSummed) {
    for (const bool in_blocks : {false, true}) {
      const AttendInputs in = draw_attention(s, Numbers::kRandom);
      Expected mixed;
      for (int at = 0; at < s.rows * s.heads; ++at) {
        expect_row(s, at / s.heads, at % s.heads, in.q, in.keys, in.values, false, mixed);
      }
      const Expected last = expected_sums(s, in, s.rows - 1, s.rows);
      const Expected earlier = expected_sums(s, in, 0, s.rows - 1);
      const Buffer<float> q = to_device(device, in.q), keys = to_device(device, in.keys);
      const Buffer<float> values = to_device(device, in.values);
      Buffer<float> out(device, in.q.size());
      Buffer<float> newest = to_device(device, Floats(last.value.size(), 1.0f));
      Buffer<float> others = to_device(device, Floats(last.value.size(), 1.0f));
      if (in_blocks) {
        Blocks blocks(device, in.keys, in.values, s, 7, 3);
        attend_paged_and_sum(device, out.data(), newest.data(), others.data(), q.data(), s.rows,
                             s.heads, blocks.rows(s));
      } else {
        attend_and_sum(device, out.data(), newest.data(), others.data(), q.data(), keys.data(),
                       values.data(), s.rows, s.heads, s.kv_heads, s.head_dim, s.length,
                       s.capacity);
      }
      EXPECT_EQ(difference(to_host(out), mixed, "attend_and_sum"), "") << s.length;
      EXPECT_EQ(difference(to_host(newest), last, "attend_and_sum, newest"), "") << s.length;
      EXPECT_EQ(difference(to_host(others), earlier, "attend_and_sum, others"), "") << s.length;
    }
  }
}

/// A product and `rows` additions: rows + 1 roundings of each term.
TEST_F(Scores, AddMoments) {
  for (const auto& [rows, heads, head_dim] : {std::array{1, 1, 2}, {37, 3, 8}, {64, 2, 130}}) {
    Draw draw(Numbers::kRandom, rows);
    const Floats x = draw.floats(static_cast<size_t>(rows) * heads * head_dim);
    Expected sums, products;
    for (int head = 0; head < heads; ++head) {
      for (int i = 0; i < head_dim; ++i) {
        for (int j = -1; j < head_dim; ++j) {  // -1: the sum alone
          double sum = 1.0, size = 1.0;        // what stood there before
          for (int row = 0; row < rows; ++row) {
            const float* of_row = &x[(static_cast<size_t>(row) * heads + head) * head_dim];
            const double term = j < 0 ? of_row[i] : double(of_row[i]) * of_row[j];
            sum += term;
            size += std::abs(term);
          }
          (j < 0 ? sums : products).add(sum, (rows + 1) * kU * size);
        }
      }
    }
    Buffer<float> got_sums = to_device(device, Floats(sums.value.size(), 1.0f));
    Buffer<float> got_products = to_device(device, Floats(products.value.size(), 1.0f));
    const Buffer<float> from = to_device(device, x);
    add_moments(device, got_sums.data(), got_products.data(), from.data(), rows, heads, head_dim);
    EXPECT_EQ(difference(to_host(got_sums), sums, "add_moments, sums"), "");
    EXPECT_EQ(difference(to_host(got_products), products, "add_moments, products"), "");
  }
}

/// 2 head_dim roundings of the products' sums, and some of the scales.
TEST_F(Scores, ExpectedScores) {
  for (const AttendShape& s : {AttendShape{1, 1, 1, 2, 1, 1}, AttendShape{1, 6, 2, 8, 37, 64},
                               AttendShape{1, 4, 4, 66, 20, 20}}) {
    Draw draw(Numbers::kRandom, s.length);
    const Floats keys = cache(s.kv_heads, s.length, s.head_dim, s.capacity);
    const Floats mean = draw.floats(static_cast<size_t>(s.heads) * s.head_dim);
    const Floats covariance = draw.floats(mean.size() * s.head_dim);
    Expected expected;
    for (int at = 0; at < s.heads * s.length; ++at) {
      const size_t head = at / s.length, slot = at % s.length;
      const float* key = &keys[(head / (s.heads / s.kv_heads) * s.capacity + slot) * s.head_dim];
      double score = 0.0, size = 0.0;
      for (int i = 0; i < s.head_dim; ++i) {
        const double linear = mean[head * s.head_dim + i] * key[i] / std::sqrt(s.head_dim);
        score += linear;
        size += std::abs(linear);
        for (int j = 0; j < s.head_dim; ++j) {
          const double term = double(covariance[(head * s.head_dim + i) * s.head_dim + j]) *
                              key[i] * key[j] / (2.0 * s.head_dim);
          score += term;
          size += std::abs(term);
        }
      }
      expected.add(score, (2 * s.head_dim + 6) * kU * size);
    }
    Buffer<float> scores(device, static_cast<size_t>(s.heads) * s.length);
    const Buffer<float> mu = to_device(device, mean), sigma = to_device(device, covariance);
    const Buffer<float> from = to_device(device, keys);
    expected_scores(device, scores.data(), mu.data(), sigma.data(), from.data(), s.heads,
                    s.kv_heads, s.head_dim, s.length, s.capacity);
    EXPECT_EQ(difference(to_host(scores), expected, "expected_scores"), "") << s.length;
  }
}

/// Heads that keep different numbers of tokens, with `room` rows behind each.
struct Ragged {
  int rows, heads, head_dim, room;
  Integers lengths;  // of the key/value heads

  Integers begins() const {
    Integers out = {0};
    for (const int length : lengths) out.push_back(out.back() + length + room);
    return out;
  }
};

const std::vector<Ragged> kRagged = {{1, 1, 2, 0, {1}},         {1, 4, 8, 3, {17, 1, 64, 5}},
                                     {1, 8, 64, 1, {300, 40}},  {5, 6, 10, 0, {31, 5, 9}},
                                     {33, 4, 128, 7, {33, 90}}, {2, 12, 130, 2, {2000, 3, 700}}};

/// Each head as attend() over its own tokens alone, which is what attention over the tokens of all
/// heads is where the others are masked.
TEST_F(Scores, AttendRagged) {
  for (const Ragged& ragged : kRagged) {
    const Integers begins = ragged.begins();
    const int kv_heads = static_cast<int>(ragged.lengths.size()), d = ragged.head_dim;
    const AttendShape flat = {ragged.rows, ragged.heads, 1, d, begins.back(), begins.back()};
    AttendInputs in = draw_attention(flat, Numbers::kRandom);
    for (int head = 0; head < kv_heads; ++head) {  // what lies in the room is no number
      const size_t to = static_cast<size_t>(begins[head + 1]) * d;
      const size_t from = to - static_cast<size_t>(ragged.room) * d;
      for (Floats* cache : {&in.keys, &in.values}) {
        std::fill(cache->begin() + from, cache->begin() + to,
                  std::numeric_limits<float>::quiet_NaN());
      }
    }
    Expected expected;
    for (int at = 0; at < ragged.rows * ragged.heads; ++at) {
      const int head = at % ragged.heads, kv_head = head / (ragged.heads / kv_heads);
      const auto begin = static_cast<size_t>(begins[kv_head]) * d;
      const auto end = begin + static_cast<size_t>(ragged.lengths[kv_head]) * d;
      const AttendShape alone = {
          ragged.rows, ragged.heads, 1, d, ragged.lengths[kv_head], ragged.lengths[kv_head]};
      expect_row(alone, at / ragged.heads, head, in.q,
                 Floats(in.keys.begin() + begin, in.keys.begin() + end),
                 Floats(in.values.begin() + begin, in.values.begin() + end), false, expected);
    }
    Buffer<float> mixed(device, in.q.size());
    const Buffer<float> q = to_device(device, in.q), keys = to_device(device, in.keys);
    const Buffer<float> values = to_device(device, in.values);
    const Buffer<int> where = to_device(device, begins);
    attend_ragged(device, mixed.data(), q.data(), keys.data(), values.data(), where.data(),
                  ragged.room, ragged.rows, ragged.heads, kv_heads, d);
    EXPECT_EQ(difference(to_host(mixed), expected, "attend_ragged"), "") << begins.back();
  }
}

/// The narrow keys as attend() over whole ones that are 0 in the channels that they lack.
TEST_F(Scores, AttendNarrow) {
  struct Narrow {
    AttendShape shape;
    int narrow, channels;
  };
  for (const auto& [s, narrow, channels] :
       {Narrow{{1, 1, 1, 2, 1, 3}, 0, 0}, Narrow{{1, 4, 2, 8, 37, 64}, 29, 5},
        Narrow{{5, 6, 3, 10, 31, 31}, 31, 1}, Narrow{{1, 8, 2, 64, 2000, 2005}, 1999, 39},
        Narrow{{33, 4, 4, 130, 90, 100}, 40, 129}, Narrow{{2, 4, 2, 128, 300, 300}, 3, 77}}) {
    AttendInputs in = draw_attention(s, Numbers::kRandom);
    const size_t d = s.head_dim, behind = s.capacity - narrow;
    Floats narrow_keys, keys(s.kv_heads * behind * d, std::numeric_limits<float>::quiet_NaN());
    Integers kept;
    for (int head = 0; head < s.kv_heads; ++head) {
      for (int i = 0; i < channels; ++i) {  // of each head others
        kept.push_back(i + head % 2 * (s.head_dim - channels));
      }
      const auto of_head = kept.end() - channels;
      for (int slot = 0; slot < s.length; ++slot) {
        float* key = &in.keys[(static_cast<size_t>(head) * s.capacity + slot) * d];
        if (slot >= narrow) {
          std::copy_n(key, d, keys.begin() + (head * behind + slot - narrow) * d);
          continue;
        }
        for (auto channel = of_head; channel != kept.end(); ++channel) {
          narrow_keys.push_back(key[*channel]);
        }
        for (int i = 0; i < s.head_dim; ++i) {
          if (std::find(of_head, kept.end(), i) == kept.end()) key[i] = 0.0f;
        }
      }
    }
    Expected expected;
    for (int at = 0; at < s.rows * s.heads; ++at) {
      expect_row(s, at / s.heads, at % s.heads, in.q, in.keys, in.values, false, expected);
    }
    Buffer<float> mixed(device, in.q.size());
    const Buffer<float> q = to_device(device, in.q), device_narrow = to_device(device, narrow_keys);
    const Buffer<float> device_keys = to_device(device, keys);
    const Buffer<float> values = to_device(device, in.values);
    const Buffer<int> which = to_device(device, kept);
    attend_narrow(device, mixed.data(), q.data(), s.rows, s.heads, s.kv_heads, s.head_dim,
                  {device_narrow.data(), which.data(), device_keys.data(), values.data(), narrow,
                   channels, s.length, s.capacity});
    EXPECT_EQ(difference(to_host(mixed), expected, "attend_narrow"), "") << s.length;
  }
}

/// As attend() over restored rows: magnitudes are powers of two, so that these are exact.
TEST_F(Scores, AttendPaired) {
  struct Paired {
    AttendShape shape;
    int merged, retained;
  };
  for (const auto& [s, merged, retained] :
       {Paired{{1, 1, 1, 2, 1, 3}, 0, 0}, Paired{{1, 4, 2, 8, 37, 64}, 29, 5},
        Paired{{5, 6, 3, 10, 31, 40}, 26, 0}, Paired{{1, 8, 2, 64, 2000, 5}, 1999, 100},
        Paired{{33, 4, 4, 130, 90, 60}, 40, 40}}) {
    const AttendShape all = {s.rows, s.heads, s.kv_heads, s.head_dim, s.length, s.length};
    AttendInputs in = draw_attention(all, Numbers::kRandom);
    Draw draw(Numbers::kIntegers, s.length);
    const size_t d = s.head_dim;
    Integers places;
    Floats directions, magnitudes, kept;
    Floats newest[2] = {Floats(s.kv_heads * s.capacity * d, NAN),
                        Floats(s.kv_heads * s.capacity * d, NAN)};
    for (int head = 0; head < 2 * s.kv_heads; ++head) {
      Floats& whole = head < s.kv_heads ? in.keys : in.values;
      int stay = 0;
      for (int slot = 0; slot < s.length; ++slot) {
        float* row = &whole[(static_cast<size_t>(head % s.kv_heads) * s.length + slot) * d];
        if (slot >= merged) {
          const size_t to = static_cast<size_t>(head % s.kv_heads) * s.capacity + slot - merged;
          std::copy_n(row, d, newest[head / s.kv_heads].begin() + to * d);
        } else if ((slot + head) % merged < retained) {
          kept.insert(kept.end(), row, row + d);
          places.push_back(~stay++);
        } else {
          directions.insert(directions.end(), row, row + d);
          magnitudes.push_back(std::exp2(draw.integer(2)));
          for (size_t i = 0; i < d; ++i) row[i] *= magnitudes.back();
          places.push_back(slot - stay);
        }
      }
    }
    Expected expected;
    for (int at = 0; at < s.rows * s.heads; ++at) {
      expect_row(all, at / s.heads, at % s.heads, in.q, in.keys, in.values, false, expected);
    }
    Buffer<float> mixed(device, in.q.size());
    const Buffer<float> q = to_device(device, in.q),
                        device_directions = to_device(device, directions);
    const Buffer<float> device_magnitudes = to_device(device, magnitudes);
    const Buffer<float> device_kept = to_device(device, kept);
    const Buffer<float> keys = to_device(device, newest[0]), values = to_device(device, newest[1]);
    const Buffer<int> device_places = to_device(device, places);
    attend_paired(device, mixed.data(), q.data(), s.rows, s.heads,
                  {device_places.data(), device_directions.data(), device_magnitudes.data(),
                   device_kept.data(), keys.data(), values.data(), merged, retained, s.length,
                   s.capacity, s.kv_heads, s.head_dim});
    EXPECT_EQ(difference(to_host(mixed), expected, "attend_paired"), "") << s.length;
  }
}

/// Of a head's row in a cache the cosine with another one's, and both norms.
std::array<double, 3> cosine_and_norms(const float* a, const float* b, int head_dim) {
  double product = 0.0, a_squares = 0.0, b_squares = 0.0;
  for (int i = 0; i < head_dim; ++i) {
    product += double(a[i]) * b[i];
    a_squares += double(a[i]) * a[i];
    b_squares += double(b[i]) * b[i];
  }
  const double size = std::sqrt(a_squares * b_squares);
  return {size > 0.0 ? product / size : 0.0, std::sqrt(a_squares), std::sqrt(b_squares)};
}

TEST_F(Scores, RowCosines) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats a = cache(heads, length, head_dim, capacity);
    Floats b = a;
    for (size_t i = 0; i < b.size(); ++i) b[i] = a[b.size() - 1 - i / 2] + 0.5f * b[i];
    for (float& x : b) x = std::isnan(x) ? 1.0f : x;
    std::fill_n(b.begin(), head_dim, 0.0f);
    Expected expected;
    for (int at = 0; at < heads * length; ++at) {
      const size_t row = (static_cast<size_t>(at / length) * capacity + at % length) * head_dim;
      expected.add(cosine_and_norms(&a[row], &b[row], head_dim)[0], (3 * head_dim + 8) * kU);
    }
    Buffer<float> cosines = to_device(device, Floats(expected.value.size(), 7.0f));
    const Buffer<float> device_a = to_device(device, a), device_b = to_device(device, b);
    row_cosines(device, cosines.data(), device_a.data(), device_b.data(), heads, length, head_dim,
                capacity);
    EXPECT_EQ(difference(to_host(cosines), expected, "row_cosines"), "") << length;
  }
}

/// A part of the way on the circle through both directions. An arc cosine in float is off by its
/// argument's rounding over the sine, so by 1e-5 where that is 0.01 at least, as in these.
TEST_F(Scores, MergeDirections) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats a = cache(heads, length, head_dim, capacity);
    Floats b(a.size());
    Draw draw(Numbers::kRandom, 17);
    for (size_t i = 0; i < b.size(); ++i) b[i] = a[i] + draw.floats(1)[0];
    const int count = (length + 1) / 2;
    const float share = 0.6f;
    Integers slots;
    Expected directions, a_norms, b_norms;
    for (int at = 0; at < heads * count; ++at) {
      slots.push_back(at % count * 2);
      const size_t row = static_cast<size_t>(at / count) * capacity + slots.back();
      const float *x = &a[row * head_dim], *y = &b[row * head_dim];
      const auto [cosine, x_norm, y_norm] = cosine_and_norms(x, y, head_dim);
      const double angle = std::acos(cosine), sine = std::sin(angle);
      for (int i = 0; i < head_dim; ++i) {
        directions.add(std::sin((1.0 - share) * angle) / sine * x[i] / x_norm +
                           std::sin(share * angle) / sine * y[i] / y_norm,
                       1e-5);
      }
      a_norms.add(x_norm, (head_dim + 3) * kU * x_norm);
      b_norms.add(y_norm, (head_dim + 3) * kU * y_norm);
    }
    Buffer<float> got(device, directions.value.size());
    Buffer<float> got_a(device, a_norms.value.size()), got_b(device, b_norms.value.size());
    const Buffer<float> device_a = to_device(device, a), device_b = to_device(device, b);
    const Buffer<int> which = to_device(device, slots);
    merge_directions(device, got.data(), got_a.data(), got_b.data(), device_a.data(),
                     device_b.data(), which.data(), heads, count, head_dim, capacity, share);
    EXPECT_EQ(difference(to_host(got), directions, "merge_directions"), "") << length;
    EXPECT_EQ(difference(to_host(got_a), a_norms, "merge_directions, norms"), "") << length;
    EXPECT_EQ(difference(to_host(got_b), b_norms, "merge_directions, norms"), "") << length;
  }
}

/// Where one row is 0, or both point the same way or opposite ways, the direction is a unit vector;
/// of opposite ones the difference of two numbers that are nearly equal.
TEST_F(Scores, MergeDirectionsAtTheEnds) {
  const Floats a = {0, 0, 3, 4, 3, 4, 3, 4}, b = {3, 4, 0, 0, 6, 8, -3, -4};
  const Buffer<float> device_a = to_device(device, a), device_b = to_device(device, b);
  const Buffer<int> slots = to_device(device, Integers{0, 1, 2, 3});
  Buffer<float> directions(device, 8), a_norms(device, 4), b_norms(device, 4);
  merge_directions(device, directions.data(), a_norms.data(), b_norms.data(), device_a.data(),
                   device_b.data(), slots.data(), 1, 4, 2, 4, 0.6f);
  Expected expected;
  for (const double sign : {1, 1, 1, -1}) {
    expected.add(sign * 0.6, 1e-4);
    expected.add(sign * 0.8, 1e-4);
  }
  EXPECT_EQ(difference(to_host(directions), expected, "merge_directions"), "");
  EXPECT_EQ(to_host(a_norms), (Floats{0, 5, 5, 5}));
  EXPECT_EQ(to_host(b_norms), (Floats{5, 0, 10, 5}));
}

TEST_F(Scores, GatherChannelsCopies) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats from = cache(heads, length, head_dim, capacity);
    const int count = (head_dim + 1) / 2;
    Integers channels;
    Expected expected;
    for (int head = 0; head < heads; ++head) {
      for (int i = 0; i < count; ++i) channels.push_back((2 * i + head) % head_dim);
      for (int at = 0; at < length * count; ++at) {
        const size_t row = static_cast<size_t>(head) * capacity + at / count;
        expected.add(from[row * head_dim + channels[head * count + at % count]], 0.0);
      }
    }
    Buffer<float> out(device, expected.value.size());
    const Buffer<float> in = to_device(device, from);
    const Buffer<int> which = to_device(device, channels);
    gather_channels(device, out.data(), in.data(), which.data(), heads, length, count, head_dim,
                    capacity);
    EXPECT_EQ(difference(to_host(out), expected, "gather_channels"), "") << length;
  }
}

TEST_F(Scores, ChannelSquares) {
  for (const auto& [heads, length, head_dim, capacity] : kShapes) {
    const Floats from = cache(heads, length, head_dim, capacity);
    Expected expected;
    for (int at = 0; at < heads * head_dim; ++at) {
      double sum = 0.0;
      for (int row = 0; row < length; ++row) {
        const size_t place = static_cast<size_t>(at / head_dim) * capacity + row;
        const double number = from[place * head_dim + at % head_dim];
        sum += number * number;
      }
      expected.add(sum, (length + 1) * kU * sum);
    }
    Buffer<float> sums = to_device(device, Floats(expected.value.size(), 7.0f));
    const Buffer<float> in = to_device(device, from);
    channel_squares(device, sums.data(), in.data(), heads, length, head_dim, capacity);
    EXPECT_EQ(difference(to_host(sums), expected, "channel_squares"), "") << length;
  }
}

TEST_F(Scores, StoreRaggedFillsTheRoomAndTouchesNothingElse) {
  for (const Ragged& ragged : kRagged) {
    const Integers begins = ragged.begins();
    const int kv_heads = static_cast<int>(ragged.lengths.size()), d = ragged.head_dim;
    Draw draw(Numbers::kRandom, begins.back());
    const Floats old = draw.floats(static_cast<size_t>(begins.back()) * d);
    for (int rows = 0; rows <= ragged.room; ++rows) {
      const Floats x = draw.floats(static_cast<size_t>(rows) * kv_heads * d);
      Expected expected;
      for (const float number : old) expected.add(number, 0.0);
      for (int at = 0; at < rows * kv_heads * d; ++at) {
        const int row = at / d / kv_heads, head = at / d % kv_heads;
        expected.value[(begins[head] + ragged.lengths[head] + row) * d + at % d] = x[at];
      }
      Buffer<float> cache = to_device(device, old);
      const Buffer<float> from = to_device(device, x);
      const Buffer<int> where = to_device(device, begins);
      store_ragged(device, cache.data(), from.data(), where.data(), ragged.room, rows, kv_heads, d);
      EXPECT_EQ(difference(to_host(cache), expected, "store_ragged"), "") << rows;
    }
  }
}

TEST_F(Scores, CopyRowsWritesWhatItIsToldAndNothingElse) {
  for (const int dim : {1, 3, 8, 128, 130}) {
    const Integers to = {4, 0, 9, 7}, from = {1, 2, 9, 10};
    Draw draw(Numbers::kRandom, dim);
    const Floats old = draw.floats(size_t{11} * dim);
    Expected expected;
    for (const float number : old) expected.add(number, 0.0);
    for (size_t i = 0; i < to.size(); ++i) {
      for (int d = 0; d < dim; ++d) expected.value[to[i] * dim + d] = old[from[i] * dim + d];
    }
    Buffer<float> rows = to_device(device, old);
    const Buffer<int> device_to = to_device(device, to), device_from = to_device(device, from);
    copy_rows(device, rows.data(), device_to.data(), device_from.data(), 4, dim);
    EXPECT_EQ(difference(to_host(rows), expected, "copy_rows"), "") << dim;
  }
}

/// Keys turned to where their tokens stand, of which some are kept and turned on to where these
/// stand then, are the kept keys turned there at once: in both layouts, of some of the channels,
/// and with scaled frequencies.
TEST_F(Scores, TurningOnIsTurningThere) {
  const int tokens = 61, channels = 32, kept = 16;
  const auto turned = [&](Floats x, const Floats& angles, int rows, int turning, bool interleaved) {
    Buffer<float> on_device = to_device(device, x);
    const Buffer<float> by = to_device(device, angles);
    rope(device, on_device.data(), by.data(), rows, 1, turning, channels, channels, interleaved);
    return to_host(on_device);
  };
  for (const auto& [interleaved, turning, scaled] :
       {std::tuple(false, 32, false), std::tuple(true, 32, false), std::tuple(false, 8, false),
        std::tuple(true, 8, false), std::tuple(false, 32, true)}) {
    const auto angles_of = [&, turning = turning, scaled = scaled](const Integers& positions) {
      Buffer<float> angles(device, positions.size() * turning);
      const Buffer<int> from = to_device(device, positions);
      const RopeScaling scaling = {scaled ? 8.0f : 1.0f, 1.0f, 4.0f, 8192};
      rope_angles(device, angles.data(), from.data(), static_cast<int>(positions.size()), turning,
                  10000.0f, scaling);
      return to_host(angles);
    };
    Draw draw(Numbers::kRandom, turning);
    const Floats keys = draw.floats(static_cast<size_t>(tokens) * channels);
    Integers all, target, delta;
    Floats pruned, pruned_after;
    for (int token = 0; token < tokens; ++token) all.push_back(token);
    const Floats at_first = turned(keys, angles_of(all), tokens, turning, interleaved);
    for (int i = 0; i < kept; ++i) {
      const int token = (i * i) % tokens / 4 + 3 * i, row = token * channels;
      target.push_back(tokens - kept + i);
      delta.push_back(target.back() - token);
      pruned.insert(pruned.end(), keys.begin() + row, keys.begin() + row + channels);
      pruned_after.insert(pruned_after.end(), at_first.begin() + row,
                          at_first.begin() + row + channels);
    }
    const Floats expected = turned(pruned, angles_of(target), kept, turning, interleaved);
    const Floats found = turned(pruned_after, angles_of(delta), kept, turning, interleaved);
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i], 1e-6) << interleaved << " " << turning << " " << scaled;
    }
  }
}

}  // namespace
