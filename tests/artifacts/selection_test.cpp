// What every compressor that selects tokens must do, whatever it scores them by.
#include <type_traits>

#include "artifacts/compress/knorm.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;

template <class Compressor>
using Service = HandBound<Fixture<NaiveLoader, Compressor>>;

/// Loads a random model and lets `budget` tokens stay.
template <class Compressor>
void load(Service<Compressor>& service, const NaiveLlama& naive, int budget) {
  service.loader.source = &naive;
  service.compressor.budget = budget;
  if constexpr (requires { service.compressor.window; }) service.compressor.window = 8;
  service.model.prefill_chunk = 16;
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

template <class Compressor>
class Selects : public testing::Test {};

using Selectors = testing::Types<Knorm>;
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
    load(all, naive, 4096);
    load(some, naive, 21);
    all.model.prefill(tokens);
    some.model.prefill(tokens);
    for (int layer = 0; layer < naive.layers; ++layer) {
      const Floats scores = all.compressor.scores(layer);
      const int own = static_cast<int>(scores.size()) / 75;  // 1: of all heads together
      ASSERT_EQ(scores.size() % 75, 0u);
      for (int head = 0; head < kv_heads; ++head) {
        const auto of_head = scores.begin() + (own == 1 ? 0 : head) * 75;
        const int kept = some.kv_cache.length(layer);
        const std::vector<int> slots = highest(Floats(of_head, of_head + 75), kept);
        for (int i = 0; i < kept; ++i) {
          for (const int side : {0, 1}) {
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

}  // namespace
