// The quantized cache, read word by word as its format is written down, and attention over it
// against double.
#include "artifacts/attention/kivi.h"

#include <cstring>

#include "artifacts/cache/kivi.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;
using Service = HandBound<Fixture<NaiveLoader, NoCompression, KiviKv, KiviAttention>>;

struct Shape {
  int bits, group, residual, kv_heads, head_dim;
};
const Shape kShapes[] = {{2, 32, 0, 2, 8},   {4, 32, 5, 2, 8},   {8, 8, 16, 3, 24},
                         {2, 16, 33, 1, 64}, {4, 12, 7, 2, 36},  {8, 1, 0, 2, 5},
                         {2, 5, 3, 1, 20},   {4, 64, 128, 2, 64}};

/// A number, and by how much the quantized one may be off: half of a step, and roundings.
struct Read {
  double number, bound;
};

/// A cache that was given random rows, and the rows.
struct Filled {
  Service service;
  Shape shape;
  Floats keys, values;  // (tokens, kv_heads, head_dim)
  int tokens = 0;

  explicit Filled(const Shape& of) : shape(of) {
    service.kv_cache.bits = of.bits;
    service.kv_cache.group = of.group;
    service.kv_cache.residual = of.residual;
    service.kv_cache.reset(1, of.kv_heads, of.head_dim);
  }

  void append(int count) {
    std::mt19937 random(tokens + 1);
    std::normal_distribution<float> normal;
    const size_t before = keys.size();
    for (int i = 0; i < count * shape.kv_heads * shape.head_dim; ++i) {
      keys.push_back(normal(random) * static_cast<float>(1 + i % shape.head_dim));
      values.push_back(normal(random));
    }
    append_last(count, before);
  }

  void append_last(int count, size_t before) {
    service.kv_cache.append(0, &keys[before], &values[before], count);
    tokens += count;
  }

  int words_of(int numbers) const { return 2 + (numbers * shape.bits + 31) / 32; }

  /// Number `i` of a run, and its bound.
  Read of_run(const uint32_t* run, int i) const {
    float lowest, scale;
    std::memcpy(&lowest, run, 4);
    std::memcpy(&scale, run + 1, 4);
    const int in_word = 32 / shape.bits;
    const uint32_t code =
        run[2 + i / in_word] >> i % in_word * shape.bits & ((1 << shape.bits) - 1);
    return {lowest + double(scale) * code, scale / 2.0 * (1 + 1e-5) + std::abs(lowest) * 2e-7};
  }

  Read read(bool is_key, int token, int head, int channel) {
    const QuantizedRows cache = service.kv_cache.quantized(0);
    if (token >= cache.quantized) {
      const size_t row = static_cast<size_t>(head) * cache.capacity + token - cache.quantized;
      return {(is_key ? cache.keys : cache.values)[row * shape.head_dim + channel], 0.0};
    }
    const int group = shape.group, channels = std::min(group, shape.head_dim);
    const int key_words = shape.head_dim * words_of(group);
    const int runs = group * shape.head_dim / channels;
    const int words = key_words + runs * words_of(channels);
    const uint32_t* record = cache.records + (token / group * shape.kv_heads + head) * words;
    if (is_key) return of_run(record + channel * words_of(group), token % group);
    const int run = (token % group * shape.head_dim + channel) / channels;
    return of_run(record + key_words + run * words_of(channels), channel % channels);
  }

  float given(bool is_key, int token, int head, int channel) const {
    return (is_key ? keys : values)[(token * shape.kv_heads + head) * shape.head_dim + channel];
  }

  std::vector<uint32_t> quantized_words() {
    const QuantizedRows cache = service.kv_cache.quantized(0);
    const size_t words = static_cast<size_t>(cache.quantized / shape.group) * shape.kv_heads *
                         cache.format.record_words();
    return {cache.records, cache.records + words};
  }
};

TEST(Kivi, EveryNumberIsWithinHalfAStepAndTheNewestAreExact) {
  for (const Shape& shape : kShapes) {
    Filled filled(shape);
    for (const int count : {1, 70, 3, 64, 200, 1}) filled.append(count);
    const QuantizedRows cache = filled.service.kv_cache.quantized(0);
    EXPECT_EQ(filled.service.kv_cache.length(0), filled.tokens);
    EXPECT_EQ(filled.service.kv_cache.next_position(0), filled.tokens);
    EXPECT_EQ(cache.quantized, (filled.tokens - 1 - shape.residual) / shape.group * shape.group);
    for (int token = 0; token < filled.tokens; ++token) {
      for (int at = 0; at < 2 * shape.kv_heads * shape.head_dim; ++at) {
        const bool is_key = at % 2 == 0;
        const int head = at / 2 / shape.head_dim, channel = at / 2 % shape.head_dim;
        const Read read = filled.read(is_key, token, head, channel);
        ASSERT_NEAR(read.number, filled.given(is_key, token, head, channel), read.bound)
            << shape.bits << " bits, token " << token << ", head " << head << ", " << channel;
      }
    }
  }
}

/// Both ends of a run are codes of their own, so the steps are as small as they can be.
TEST(Kivi, TheLowestAndTheHighestOfAGroupAreNearlyExact) {
  for (const Shape& shape : kShapes) {
    Filled filled(shape);
    filled.append(shape.group + shape.residual);
    filled.append(1);
    for (int channel = 0; channel < shape.head_dim; ++channel) {
      const auto ends = [&](const auto& number) {
        std::pair<double, double> out = {INFINITY, -INFINITY};
        for (int token = 0; token < shape.group; ++token) {
          out.first = std::min<double>(out.first, number(token));
          out.second = std::max<double>(out.second, number(token));
        }
        return out;
      };
      const auto given = ends([&](int token) { return filled.given(true, token, 0, channel); });
      const auto read =
          ends([&](int token) { return filled.read(true, token, 0, channel).number; });
      EXPECT_EQ(read.first, given.first);
      EXPECT_NEAR(read.second, given.second, 1e-6 * (given.second - given.first));
    }
  }
}

TEST(Kivi, EqualNumbersAreExact) {
  for (const Shape& shape : kShapes) {
    Filled filled(shape);
    const int count = shape.group + shape.residual;
    for (int i = 0; i < count * shape.kv_heads * shape.head_dim; ++i) {
      filled.keys.push_back(0.1f + static_cast<float>(i % shape.head_dim));
      filled.values.push_back(-0.3f * static_cast<float>(i / shape.head_dim));
    }
    filled.append_last(count, 0);
    filled.append(1);  // now those before are quantized
    EXPECT_EQ(filled.service.kv_cache.quantized(0).quantized, shape.group);
    for (int token = 0; token < count; ++token) {
      for (int channel = 0; channel < shape.head_dim; ++channel) {
        for (const bool is_key : {true, false}) {
          ASSERT_EQ(filled.read(is_key, token, 0, channel).number,
                    filled.given(is_key, token, 0, channel));
        }
      }
    }
  }
}

TEST(Kivi, WhatIsQuantizedNeverChanges) {
  for (const Shape& shape : kShapes) {
    Filled filled(shape);
    std::vector<uint32_t> before;
    for (int round = 0; round < 150; ++round) {
      filled.append(1 + round % 7);
      const std::vector<uint32_t> now = filled.quantized_words();
      ASSERT_GE(now.size(), before.size());
      ASSERT_TRUE(std::equal(before.begin(), before.end(), now.begin())) << "round " << round;
      before = now;
    }
    Filled at_once(shape);
    at_once.keys = filled.keys, at_once.values = filled.values;
    at_once.append_last(filled.tokens, 0);
    EXPECT_EQ(at_once.quantized_words().size(), 0u) << "a chunk attends to itself as it is";
    at_once.append(1);
    filled.append(1);
    EXPECT_EQ(at_once.quantized_words(), filled.quantized_words()) << "in one piece";
  }
}

TEST(Kivi, AttentionIsThatOfTheDequantizedNumbers) {
  for (const Shape& shape : kShapes) {
    for (const int group : {1, 3}) {
      for (const auto& [old, rows] : {std::pair{0, 1}, {0, 9}, {300, 1}, {41, 40}, {190, 3}}) {
        Filled filled(shape);
        if (old > 0) filled.append(old);
        filled.append(rows);
        const int d = shape.head_dim, heads = shape.kv_heads * group;
        filled.service.model.config.heads = heads;
        filled.service.model.config.kv_heads = shape.kv_heads;
        std::mt19937 random(7);
        std::normal_distribution<float> normal;
        Floats queries(rows * heads * d), out(queries.size(), 7.0f);
        for (float& x : queries) x = normal(random) / static_cast<float>(d);
        filled.service.attention.forward(0, out.data(), queries.data(), rows);
        for (int at = 0; at < rows * heads; ++at) {
          const int seen = old + at / heads + 1, kv_head = at % heads / group;
          std::vector<double> weights(seen), expected(d);
          double total = 0.0;
          for (int token = 0; token < seen; ++token) {
            double score = 0.0;
            for (int i = 0; i < d; ++i) {
              score += queries[at * d + i] * filled.read(true, token, kv_head, i).number;
            }
            total += weights[token] = std::exp(score / std::sqrt(d));
          }
          for (int i = 0; i < d; ++i) {
            for (int token = 0; token < seen; ++token) {
              expected[i] += weights[token] / total * filled.read(false, token, kv_head, i).number;
            }
            ASSERT_NEAR(out[at * d + i], expected[i], 2e-5)
                << shape.bits << " bits, row " << at / heads << ", head " << at % heads;
          }
        }
      }
    }
  }
}

TEST(Kivi, WithinTheResidualAModelSaysTheSame) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(60, naive.vocab_size);
  Service service;
  service.loader.source = &naive;
  service.model.load("");
  EXPECT_LE(largest_difference(naive.forward(tokens), all_logits(service, tokens, 7)), 1e-4);
}

/// Of 4,096 tokens two bits keep an eighth, scales and the newest in full precision among them.
TEST(Kivi, BytesAreThoseOfTheBits) {
  HandBound<Fixture<NaiveLoader>> full;
  full.kv_cache.reset(1, 8, 128);
  const Floats rows(4096 * 8 * 128, 1.0f);
  full.kv_cache.append(0, rows.data(), rows.data(), 4096);
  for (const auto& [bits, share] : {std::pair{8, 0.36}, {4, 0.24}, {2, 0.18}}) {
    Service service;
    service.kv_cache.bits = bits;
    service.kv_cache.reset(1, 8, 128);
    for (int token = 0; token < 4096; token += 64) {
      service.kv_cache.append(0, rows.data(), rows.data(), 64);
    }
    EXPECT_EQ(service.kv_cache.bytes(), service.device.live_bytes);
    EXPECT_LE(service.kv_cache.bytes(), share * full.kv_cache.bytes()) << bits;
    std::printf("%d bits: %zu bytes of %zu\n", bits, service.kv_cache.bytes(),
                full.kv_cache.bytes());
  }
}

TEST(Kivi, RefusesWhatItCannotPack) {
  Service service;
  service.kv_cache.bits = 3;
  EXPECT_THROW(service.kv_cache.reset(1, 1, 8), std::runtime_error);
  service.kv_cache.bits = 4;
  service.kv_cache.group = 24;  // does not divide 64
  EXPECT_THROW(service.kv_cache.reset(1, 1, 64), std::runtime_error);
  EXPECT_NO_THROW(service.kv_cache.reset(1, 1, 16));
}

}  // namespace
