// What every compressor that selects tokens must do, whatever it scores them by.
#include <functional>
#include <map>
#include <set>

#include "artifacts/compress/cam.h"
#include "artifacts/compress/decoding.h"
#include "artifacts/compress/expected_attention.h"
#include "artifacts/compress/h2o.h"
#include "artifacts/compress/hybrid_sampling.h"
#include "artifacts/compress/key_diff.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/merging.h"
#include "artifacts/compress/pyramid_kv.h"
#include "artifacts/compress/random_tokens.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/compress/switched.h"
#include "artifacts/compress/tova.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;

template <class Compressor>
using Service = HandBound<Fixture<NaiveLoader, Compressor>>;

/// Loads a random model and lets `budget` tokens stay.
template <class Compressor>
void load(Service<Compressor>& service, const NaiveLlama& naive, int budget, int chunk = 16) {
  service.loader.source = &naive;
  service.compressor.budget = budget;
  if constexpr (requires { service.compressor.window; }) service.compressor.window = 8;
  if constexpr (requires { service.compressor.recent; }) service.compressor.recent = 8;
  service.model.prefill_chunk = chunk;
  service.model.load("");
}

/// Keys (side 0) or values (side 1) of one slot and head.
template <class Bound>
Floats row_of(Bound& service, int layer, int side, int head, int slot) {
  const int head_dim = service.model.config.head_dim;
  const float* rows = side == 0 ? service.kv_cache.keys(layer) : service.kv_cache.values(layer);
  const float* row =
      rows + (static_cast<size_t>(head) * service.kv_cache.capacity(layer) + slot) * head_dim;
  return Floats(row, row + head_dim);
}

/// The slots of the highest scores, found by sorting all of them.
std::vector<int> highest(const Floats& scores, int count) {
  std::vector<int> slots(scores.size());
  for (size_t i = 0; i < slots.size(); ++i) slots[i] = static_cast<int>(i);
  std::sort(slots.begin(), slots.end(),
            [&](int a, int b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  slots.resize(count);
  std::sort(slots.begin(), slots.end());
  return slots;
}

TEST(TopSlots, EqualANaiveChoiceWithTiesAndOddSizes) {
  std::mt19937 random(5);
  for (const int heads : {1, 2, 3}) {
    for (const int length : {1, 2, 7, 33, 100}) {
      Floats scores(heads * length);
      for (float& score : scores) score = static_cast<float>(random() % 5) - 2.0f;
      for (int count = 0; count <= length; count += length < 10 ? 1 : 13) {
        const auto slots = top_slots(scores, length, count);
        ASSERT_EQ(slots.size(), static_cast<size_t>(heads));
        for (int head = 0; head < heads; ++head) {
          const auto of_head = scores.begin() + head * length;
          EXPECT_EQ(slots[head], highest(Floats(of_head, of_head + length), count))
              << count << " of " << length;
        }
      }
    }
  }
}

TEST(TopSlots, WhatIsNoNumberGoesFirst) {
  const Floats scores = {NAN, 1.0f, NAN, -INFINITY, 2.0f};
  EXPECT_EQ(top_slots(scores, 5, 2), (std::vector<std::vector<int>>{{1, 4}}));
  EXPECT_EQ(top_slots(scores, 5, 3), (std::vector<std::vector<int>>{{0, 1, 4}}));
}

TEST(ExpectedAttention, ListensAsLongAsItIsToChoose) {
  const NaiveLlama naive = random_llama();
  Service<ExpectedAttention> once;
  Service<Decoding<ExpectedAttention>> again;
  load(once, naive, 4096);
  load(again, naive, 4096);
  const auto scores_after = [&](const std::vector<int>& tokens) {
    once.model.forward(tokens.data(), static_cast<int>(tokens.size()));
    again.model.forward(tokens.data(), static_cast<int>(tokens.size()));
    return std::pair(once.compressor.scores(0), again.compressor.scores(0));
  };
  const auto [before, before_again] = scores_after(random_tokens(16, naive.vocab_size));
  EXPECT_EQ(before, before_again);
  once.hooks.after_prefill();
  again.hooks.after_prefill();
  const auto [behind, behind_again] = scores_after(random_tokens(16, naive.vocab_size, 4));
  EXPECT_NE(behind, behind_again);
  once.model.load("");
  again.model.load("");
  const auto [next, next_again] = scores_after(random_tokens(16, naive.vocab_size));
  EXPECT_EQ(next, before);
  EXPECT_EQ(next_again, before);
}

/// Values that stay take in what is dropped: merging_test.cpp.
template <class Compressor>
constexpr bool kMerges = requires(Compressor& compressor) { compressor.similarity; } ||
                         requires(Compressor& compressor) { compressor.targets; };

template <class Compressor>
class Selects : public testing::Test {};

using Selectors = testing::Types<Knorm, KeyDiff, RandomTokens, Tova, SnapKv, PyramidKv, H2o,
                                 ExpectedAttention, HybridSampling, Decoding<SnapKv>,
                                 Decoding<Tova>, Merging<Knorm>, Merging<H2o>, Cam>;
TYPED_TEST_SUITE(Selects, Selectors);

TYPED_TEST(Selects, NothingIsLostWithinTheBudget) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(61, naive.vocab_size);
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  Service<TypeParam> selecting;
  Service<NoCompression> full;
  load(selecting, naive, 4096);
  full.loader.source = &naive;
  full.model.prefill_chunk = 16;
  full.model.load("");
  selecting.model.prefill(tokens);
  full.model.prefill(tokens);
  EXPECT_EQ(all_logits(selecting, more), all_logits(full, more)) << "not bit for bit";
  EXPECT_EQ(selecting.kv_cache.length(0), 81);
  EXPECT_EQ(selecting.kv_cache.bytes(), full.kv_cache.bytes());
}

TYPED_TEST(Selects, MemoryShrinksAndTheNextTokenFollows) {
  const NaiveLlama naive = random_llama();
  Service<TypeParam> service;
  load(service, naive, 33);
  service.model.prefill(random_tokens(500, naive.vocab_size));
  size_t roomy = 0;
  for (int layer = 0; layer < naive.layers; ++layer) {
    const int kept = service.kv_cache.length(layer);
    EXPECT_EQ(service.kv_cache.next_position(layer), 500);
    roomy += (kept + kept / 8 + 3 * service.kv_cache.chunk) * 2 * 2 * 8 * sizeof(float);
  }
  EXPECT_EQ(service.kv_cache.length(0), 33);
  EXPECT_LE(service.kv_cache.bytes(), roomy);

  std::vector<Floats> before;
  for (int slot = 0; slot < 33; ++slot) before.push_back(row_of(service, 0, 0, 1, slot));
  Buffer<float> row(service.device, 2 * 8);
  const Floats numbers(2 * 8, 0.25f);
  row.upload(numbers.data(), numbers.size());
  service.kv_cache.append(0, row.data(), row.data(), 1);
  EXPECT_EQ(row_of(service, 0, 0, 1, 33), Floats(8, 0.25f));
  for (int slot = 0; slot < 33; ++slot) EXPECT_EQ(row_of(service, 0, 0, 1, slot), before[slot]);
}

/// Keys and values that stay are those of the highest scores, of every head, whatever the grouping.
TYPED_TEST(Selects, KeepsTheRowsOfTheHighestScores) {
  for (const auto& [heads, kv_heads] : {std::pair(4, 4), std::pair(4, 2), std::pair(6, 1)}) {
    const NaiveLlama naive = random_llama(heads, kv_heads, 8);
    const std::vector<int> tokens = random_tokens(75, naive.vocab_size);
    Service<TypeParam> all, some;
    load(all, naive, 4096, 128);  // in one piece: some drop tokens after each
    load(some, naive, 21, 128);
    all.model.prefill(tokens);
    some.model.prefill(tokens);
    for (int layer = 0; layer < naive.layers; ++layer) {
      const bool is_last = std::is_same_v<TypeParam, HybridSampling>;  // which decides for all
      const Floats scores = all.compressor.scores(is_last ? naive.layers - 1 : layer);
      const int own = static_cast<int>(scores.size()) / 75;  // 1: of all heads together
      ASSERT_EQ(scores.size() % 75, 0u);
      for (int head = 0; head < kv_heads; ++head) {
        const auto of_head = scores.begin() + (own == 1 ? 0 : head) * 75;
        const int kept = some.kv_cache.length(layer);
        const std::vector<int> slots = highest(Floats(of_head, of_head + 75), kept);
        for (int i = 0; i < kept; ++i) {
          for (const int side : {0, 1}) {
            if (side == 1 && kMerges<TypeParam>) continue;
            EXPECT_EQ(row_of(some, layer, side, head, i), row_of(all, layer, side, head, slots[i]))
                << "layer " << layer << ", head " << head << ", slot " << i;
          }
        }
      }
    }
  }
}

TYPED_TEST(Selects, SecondSequenceEqualsAFreshOne) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(90, naive.vocab_size);
  const std::vector<int> more = random_tokens(30, naive.vocab_size, 4);
  Service<TypeParam> service;
  load(service, naive, 20);
  service.model.prefill(tokens);
  const auto first = all_logits(service, more);
  service.model.prefill(random_tokens(77, naive.vocab_size, 5));
  service.model.load("");
  service.model.prefill(tokens);
  EXPECT_EQ(all_logits(service, more), first);
}

TYPED_TEST(Selects, BudgetsThatCannotBeMetAreRefusedAtTheStart) {
  const NaiveLlama naive = random_llama();
  for (const int budget : {0, -3}) {
    Service<TypeParam> service;
    try {
      load(service, naive, budget);
      ADD_FAILURE() << "a budget of " << budget << " is taken";
    } catch (const std::runtime_error& error) {
      const std::string said = error.what();
      EXPECT_EQ(said.find("compressor.budget is " + std::to_string(budget)), 0u) << said;
    }
  }
}

/// What stays of a sequence of queries and keys that come one by one, told by a naive reference in
/// double: each head's tokens, oldest first.
struct Stream {
  int heads = 4, kv_heads = 2, head_dim = 8;
  std::vector<Floats> queries, keys;  // of each token: (heads, head_dim), (kv_heads, head_dim)

  explicit Stream(int tokens) {
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    queries.resize(tokens, Floats(heads * head_dim));
    keys.resize(tokens, Floats(kv_heads * head_dim));
    for (Floats& query : queries)
      for (float& x : query) x = normal(random);
    for (Floats& key : keys)
      for (float& x : key) x = normal(random);
  }

  /// What query head `head` of token `by` gives each of `tokens`.
  std::vector<double> attention(int by, int head, const std::vector<int>& tokens) const {
    const int kv_head = head / (heads / kv_heads);
    std::vector<double> weights;
    double total = 0.0;
    for (const int token : tokens) {
      double score = 0.0;
      for (int i = 0; i < head_dim; ++i) {
        score += double(queries[by][head * head_dim + i]) * keys[token][kv_head * head_dim + i];
      }
      total += std::exp(score / std::sqrt(head_dim));
      weights.push_back(std::exp(score / std::sqrt(head_dim)));
    }
    for (double& weight : weights) weight /= total;
    return weights;
  }
};

/// Runs the stream through one layer and looks at what stays, in numbers of tokens, which ascend.
template <class Compressor>
void run_stream(const Stream& stream, Service<Compressor>& service,
                const std::function<void(int, const std::vector<std::vector<int>>&)>& look) {
  for (int token = 0; token < static_cast<int>(stream.keys.size()); ++token) {
    Buffer<float> query(service.device, stream.queries[token].size());
    Buffer<float> mixed(service.device, query.size());
    query.upload(stream.queries[token].data(), stream.queries[token].size());
    service.kv_cache.append(0, stream.keys[token].data(), stream.keys[token].data(), 1);
    service.attention.forward(0, mixed.data(), query.data(), 1);
    service.hooks.after_attend(0, query, 1);
    service.hooks.after_append(0);
    std::vector<std::vector<int>> kept(stream.kv_heads);
    for (int head = 0; head < stream.kv_heads; ++head) {
      for (int slot = 0; slot < service.kv_cache.length(0); ++slot) {
        const Floats row = row_of(service, 0, 0, head, slot);
        int id = 0;
        while (id <= token &&
               !std::equal(row.begin(), row.end(), stream.keys[id].begin() + head * 8)) {
          ++id;
        }
        EXPECT_EQ(row_of(service, 0, 1, head, slot), row) << "keys and values are alike here";
        kept[head].push_back(id);
      }
      std::sort(kept[head].begin(), kept[head].end());  // whoever came takes the slot of who went
    }
    look(token, kept);
  }
}

TEST(Tova, DropsWhomTheNewestAttendsToLeast) {
  const NaiveLlama naive = random_llama();
  const Stream stream(200);
  Service<Tova> service;
  load(service, naive, 17);
  std::vector<int> expected;
  run_stream<Tova>(stream, service, [&](int token, const auto& kept) {
    expected.push_back(token);
    if (expected.size() > 17) {
      std::vector<double> sums(expected.size());
      for (int head = 0; head < 4; ++head) {
        const std::vector<double> weights = stream.attention(token, head, expected);
        for (size_t i = 0; i < sums.size(); ++i) sums[i] += weights[i];
      }
      expected.erase(expected.begin() +
                     (std::min_element(sums.begin(), sums.end() - 1) - sums.begin()));
    }
    ASSERT_EQ(kept[0], expected) << "token " << token;
    ASSERT_EQ(kept[1], expected) << "token " << token;
  });
}

/// Against the formula, in double: a softmax of what is not recent, its mean over heads.
TEST(HybridSampling, KeepsWhatTheNewestKeyIsLike) {
  const NaiveLlama naive = random_llama();
  for (const int budget : {9, 12, 40}) {
    Service<HybridSampling> service;
    load(service, naive, budget);
    const Stream stream(61);
    for (const int layer : {0, 1}) {  // of which the last decides
      for (const Floats& key : stream.keys) {
        Floats keys = key;
        for (float& x : keys) x = layer == 1 ? x : 1.0f - x;
        service.kv_cache.append(layer, keys.data(), key.data(), 1);
      }
    }
    service.hooks.after_prefill();

    std::vector<double> importance(61 - 8);  // the softmax is of these alone
    for (const int head : {0, 1}) {
      std::vector<double> weights;
      double total = 0.0;
      for (int token = 0; token < 61 - 8; ++token) {
        double score = 0.0;
        for (int i = 8 * head; i < 8 * head + 8; ++i) {
          score += double(stream.keys[60][i]) * stream.keys[token][i] / std::sqrt(8.0);
        }
        weights.push_back(std::exp(score));
        total += weights.back();
      }
      for (size_t i = 0; i < weights.size(); ++i) importance[i] += weights[i] / total / 2;
    }
    Floats scores(importance.begin(), importance.end());
    scores.resize(61, INFINITY);
    const std::vector<int> expected = highest(scores, budget);
    for (const int layer : {0, 1}) {
      ASSERT_EQ(service.kv_cache.length(layer), budget);
      for (int slot = 0; slot < budget; ++slot) {
        for (const int head : {0, 1}) {
          const Floats& value = stream.keys[expected[slot]];
          EXPECT_EQ(row_of(service, layer, 1, head, slot),
                    Floats(value.begin() + 8 * head, value.begin() + 8 * head + 8));
        }
      }
    }
  }
}

TEST(HybridSampling, RefusesLayersOfWhichOneHoldsOtherTokens) {
  const NaiveLlama naive = random_llama();
  const Stream stream(61);
  Service<HybridSampling> service;
  load(service, naive, 9);
  for (const Floats& key : stream.keys) service.kv_cache.append(1, key.data(), key.data(), 1);
  EXPECT_THROW(service.hooks.after_prefill(), std::runtime_error);
}

TEST(H2o, DropsWhomAllAttendedToLeast) {
  const NaiveLlama naive = random_llama();
  const Stream stream(200);
  Service<H2o> service;
  load(service, naive, 17);  // 8 of them are the newest
  std::vector<std::vector<int>> expected(2);
  std::vector<std::map<int, double>> received(2);
  run_stream<H2o>(stream, service, [&](int token, const auto& kept) {
    for (int kv_head = 0; kv_head < 2; ++kv_head) {
      std::vector<int>& tokens = expected[kv_head];
      std::map<int, double>& sums = received[kv_head];
      tokens.push_back(token);
      for (const int head : {2 * kv_head, 2 * kv_head + 1}) {
        const std::vector<double> weights = stream.attention(token, head, tokens);
        for (size_t i = 0; i < tokens.size(); ++i) sums[tokens[i]] += weights[i];
      }
      if (tokens.size() > 17) {
        tokens.erase(std::min_element(tokens.begin(), tokens.end() - 8,
                                      [&](int a, int b) { return sums[a] < sums[b]; }));
      }
      ASSERT_EQ(kept[kv_head], tokens) << "token " << token;
    }
  });
}

/// Some come one by one and take the slots of who goes, some in chunks, of which several go.
TEST(H2o, DropsTheSameWhereChunksComeBetweenSingleTokens) {
  const NaiveLlama naive = random_llama();
  const Stream stream(200);
  Service<H2o> service;
  load(service, naive, 17);
  std::vector<std::vector<int>> expected(2);
  std::vector<std::map<int, double>> received(2);
  for (int first = 0, count = 0; first + 7 < 200; first += count) {
    count = first % 3 == 0 ? 1 + first % 7 : 1;
    Floats keys, queries;
    for (int token = first; token < first + count; ++token) {
      keys.insert(keys.end(), stream.keys[token].begin(), stream.keys[token].end());
      queries.insert(queries.end(), stream.queries[token].begin(), stream.queries[token].end());
    }
    Buffer<float> asked(service.device, queries.size()), mixed(service.device, queries.size());
    asked.upload(queries.data(), queries.size());
    service.kv_cache.append(0, keys.data(), keys.data(), count);
    service.attention.forward(0, mixed.data(), asked.data(), count);
    service.hooks.after_append(0);
    for (int kv_head = 0; kv_head < 2; ++kv_head) {
      std::vector<int>& tokens = expected[kv_head];
      std::map<int, double>& sums = received[kv_head];
      for (int token = first; token < first + count; ++token) {
        tokens.push_back(token);
        for (const int head : {2 * kv_head, 2 * kv_head + 1}) {
          const std::vector<double> weights = stream.attention(token, head, tokens);
          for (size_t i = 0; i < tokens.size(); ++i) sums[tokens[i]] += weights[i];
        }
      }
      while (tokens.size() > 17) {
        tokens.erase(std::min_element(tokens.begin(), tokens.end() - 8,
                                      [&](int a, int b) { return sums[a] < sums[b]; }));
      }
      std::set<Floats> kept, rows;
      for (size_t slot = 0; slot < tokens.size(); ++slot) {
        const auto key = stream.keys[tokens[slot]].begin() + kv_head * 8;
        kept.emplace(key, key + 8);
        rows.insert(row_of(service, 0, 0, kv_head, static_cast<int>(slot)));
      }
      ASSERT_EQ(service.kv_cache.length(0), static_cast<int>(tokens.size()));
      ASSERT_EQ(rows, kept) << "tokens up to " << first + count;
    }
  }
}

TEST(PyramidKv, BudgetsFallFromLayerToLayer) {
  NaiveLlama naive = random_llama();
  naive.layers = 5;
  naive.randomize(7);
  Service<PyramidKv> service;
  load(service, naive, 40);
  service.compressor.beta = 4;
  service.model.prefill(random_tokens(300, naive.vocab_size));
  std::vector<int> kept;
  for (int layer = 0; layer < 5; ++layer) kept.push_back(service.kv_cache.length(layer));
  EXPECT_EQ(kept, (std::vector<int>{70, 55, 40, 25, 10}));  // from 2 * 40 - 40 / 4 to 40 / 4

  load(service, naive, 40);
  service.model.prefill(random_tokens(60, naive.vocab_size));
  for (int layer = 0; layer < 5; ++layer) kept[layer] = service.kv_cache.length(layer);
  EXPECT_EQ(kept, (std::vector<int>{52, 46, 40, 34, 28}));  // at most all in front of the window

  service.compressor.window = 30;  // which the last layer could not keep
  load(service, naive, 40);
  service.compressor.window = 30;
  service.model.load("");
  service.model.prefill(random_tokens(300, naive.vocab_size));
  for (int layer = 0; layer < 5; ++layer) EXPECT_EQ(service.kv_cache.length(layer), 40);
}

TEST(SnapKv, TheWindowStaysAndABudgetWithoutRoomForMoreIsRefused) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(100, naive.vocab_size);
  Service<SnapKv> service;
  Service<NoCompression> full;
  load(service, naive, 9);  // the window and one token
  full.loader.source = &naive;
  full.model.load("");
  service.model.prefill(tokens);
  full.model.prefill(tokens);
  for (int i = 1; i <= 8; ++i) {
    for (const int head : {0, 1}) {
      // Chunks of the prompt differ, and with them the order of sums.
      const Floats expected = row_of(full, 1, 0, head, 100 - i);
      const Floats row = row_of(service, 1, 0, head, 9 - i);
      for (int d = 0; d < 8; ++d) EXPECT_NEAR(row[d], expected[d], 1e-4);
    }
  }
  EXPECT_THROW(load(service, naive, 8), std::runtime_error);
}

/// Two thousand steps: never more than the budget and what comes until the next compression; memory
/// stays as it is once it is full.
template <class Compressor>
void stays_bounded(int interval) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(2000, naive.vocab_size);
  Service<Compressor> service;
  load(service, naive, 40);
  if constexpr (requires { service.compressor.interval; }) service.compressor.interval = interval;
  service.model.prefill(random_tokens(100, naive.vocab_size, 5));
  size_t least = SIZE_MAX, most = 0;
  for (size_t step = 0; step < tokens.size(); ++step) {
    service.model.forward(&tokens[step], 1);
    for (int layer = 0; layer < naive.layers; ++layer) {
      ASSERT_GE(service.kv_cache.length(layer), 40) << "step " << step;
      ASSERT_LE(service.kv_cache.length(layer), 40 + interval - 1) << "step " << step;
    }
    if (step < 100) continue;
    least = std::min(least, service.device.live_bytes);
    most = std::max(most, service.device.live_bytes);
  }
  EXPECT_LE(most - least, service.kv_cache.bytes() / 2);
  EXPECT_EQ(service.kv_cache.next_position(0), 2100);
}

TEST(Decoding, StaysBoundedOverTwoThousandSteps) {
  stays_bounded<Tova>(1);
  stays_bounded<H2o>(1);
  stays_bounded<Decoding<SnapKv>>(16);
  stays_bounded<Decoding<KeyDiff>>(7);
  stays_bounded<Decoding<HybridSampling>>(7);
  stays_bounded<Decoding<RandomTokens>>(1);
}

/// Loads, and reads a prompt of 100 tokens; the logits of 20 more.
template <class Compressor>
std::vector<Floats> behind_prompt(Service<Compressor>& service, const NaiveLlama& naive) {
  service.loader.source = &naive;
  service.model.prefill_chunk = 16;
  if constexpr (requires { service.compressor.budget; }) load(service, naive, 40);
  if constexpr (!requires { service.compressor.budget; }) service.model.load("");
  service.model.prefill(random_tokens(100, naive.vocab_size, 5));
  return all_logits(service, random_tokens(20, naive.vocab_size, 6));
}

/// Off it is no compressor at all, bit for bit, and on the one that it switches; so it is once the
/// text is long enough.
template <class Compressor>
void switches(int length_of_long_texts) {
  const NaiveLlama naive = random_llama();
  Service<NoCompression> full;
  Service<Compressor> compressing;
  Service<Switched<Compressor>> off, on, of_long_texts;
  if constexpr (requires { compressing.compressor.interval; }) {  // less than what comes
    compressing.compressor.interval = on.compressor.interval = 64;
    of_long_texts.compressor.interval = 64;
  }
  on.compressor.enabled = true;
  of_long_texts.compressor.enabled = true;
  of_long_texts.compressor.minimum = 110;
  const std::vector<Floats> whole = behind_prompt(full, naive);
  EXPECT_EQ(behind_prompt(off, naive), whole);
  EXPECT_EQ(off.kv_cache.bytes(), full.kv_cache.bytes());
  EXPECT_EQ(behind_prompt(on, naive), behind_prompt(compressing, naive));
  EXPECT_EQ(on.kv_cache.length(0), compressing.kv_cache.length(0));
  EXPECT_LT(on.kv_cache.length(0), 120);
  const std::vector<Floats> later = behind_prompt(of_long_texts, naive);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(later[i], whole[i]) << "token " << 101 + i;
  EXPECT_EQ(of_long_texts.kv_cache.length(0), length_of_long_texts);
}

TEST(Switched, IsWhatItSwitchesOrNothing) {
  switches<SnapKv>(120);  // the prompt was too short, and it works but once
  switches<H2o>(40);
  switches<Decoding<Tova>>(50);  // and 10 have come since
}

}  // namespace
