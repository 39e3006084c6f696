// Heads that keep different numbers of tokens: the cache against lists of rows, its attention
// against dense attention with a mask, and Ada-KV against a naive choice.
#include "artifacts/attention/ragged.h"

#include <tuple>

#include "artifacts/cache/ragged.h"
#include "artifacts/compress/ada_kv.h"
#include "artifacts/compress/cam.h"
#include "artifacts/compress/decoding.h"
#include "artifacts/compress/h2o.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/merging.h"
#include "artifacts/compress/tova.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;
using Slots = std::vector<std::vector<int>>;

template <class Compressor>
using Service = HandBound<Fixture<NaiveLoader, Compressor, RaggedKv, RaggedAttention>>;

/// Loads a random model and lets `budget` tokens of each head stay.
template <class Bound>
void load(Bound& service, const NaiveLlama& naive, int budget = 4096, int chunk = 16) {
  service.loader.source = &naive;
  if constexpr (requires { service.compressor.budget; }) service.compressor.budget = budget;
  if constexpr (requires { service.compressor.window; }) service.compressor.window = 8;
  if constexpr (requires { service.compressor.recent = 8; }) service.compressor.recent = 8;
  service.model.prefill_chunk = chunk;
  service.model.load("");
}

/// Some of `length` slots, ascending.
std::vector<int> some_of(int length, std::mt19937& random) {
  const unsigned share = 1 + random() % 4;
  std::vector<int> slots;
  for (int slot = 0; slot < length; ++slot) {
    if (random() % 4 < share) slots.push_back(slot);
  }
  return slots;
}

/// The cache beside a list of the tokens that each head keeps.
struct Ragged : testing::Test {
  static constexpr int kLayers = 2, kHeads = 6, kKvHeads = 3, kHeadDim = 4;

  NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim, true, true, 24);
  Service<NoCompression> service;
  std::vector<Slots> kept = std::vector<Slots>(kLayers, Slots(kKvHeads));  // numbers of tokens
  std::vector<int> given = std::vector<int>(kLayers);
  std::mt19937 random{5};

  Ragged() { load(service, naive); }

  /// Keys (side 0) or values (side 1) of a token.
  static Floats row(int side, int head, int token) {
    Floats out;
    for (int i = 0; i < kHeadDim; ++i) {
      out.push_back(std::sin(static_cast<float>(token * 7 + head * 3 + i * 5 + side + 1)));
    }
    return out;
  }

  void append(int layer, int count) {
    Floats rows[2];
    for (int i = 0; i < count; ++i, ++given[layer]) {
      for (int head = 0; head < kKvHeads; ++head) {
        for (const int side : {0, 1}) {
          const Floats numbers = row(side, head, given[layer]);
          rows[side].insert(rows[side].end(), numbers.begin(), numbers.end());
        }
        kept[layer][head].push_back(given[layer]);
      }
    }
    service.kv_cache.append(layer, rows[0].data(), rows[1].data(), count);
  }

  /// Each head loses some tokens, but never all.
  void drop(int layer) {
    Slots slots;
    for (std::vector<int>& tokens : kept[layer]) {
      slots.push_back(some_of(static_cast<int>(tokens.size()), random));
      if (slots.back().empty()) slots.back().push_back(static_cast<int>(tokens.size()) - 1);
      std::vector<int> left;
      for (const int slot : slots.back()) left.push_back(tokens[slot]);
      tokens = left;
    }
    service.kv_cache.keep_ragged(layer, slots, 0);
  }

  /// Of each head another token goes, and the newest takes its slot.
  void put_newest(int layer) {
    std::vector<int> slots;
    for (std::vector<int>& tokens : kept[layer]) {
      slots.push_back(random() % tokens.size());
      tokens[slots.back()] = tokens.back();
      tokens.pop_back();
    }
    service.kv_cache.put_newest(layer, slots);
  }

  void expect_same(int layer) {
    size_t tokens = 0;
    for (int head = 0; head < kKvHeads; ++head) {
      const std::vector<int>& expected = kept[layer][head];
      const int length = service.kv_cache.head_length(layer, head);
      ASSERT_EQ(length, static_cast<int>(expected.size())) << "head " << head;
      const float* keys = service.kv_cache.head_keys(layer, head);
      const auto behind = service.kv_cache.values(layer) - service.kv_cache.keys(layer);
      for (int slot = 0; slot < length; ++slot) {
        const float* key = keys + slot * kHeadDim;
        ASSERT_EQ(Floats(key, key + kHeadDim), row(0, head, expected[slot])) << slot;
        ASSERT_EQ(Floats(key + behind, key + behind + kHeadDim), row(1, head, expected[slot]));
      }
      tokens += length + service.kv_cache.room(layer);
    }
    if (layer == 0) bytes = 0;
    bytes += 2 * tokens * kHeadDim * sizeof(float);
  }

  size_t bytes = 0;  // that the layers should take, as far as they were looked at
};

TEST_F(Ragged, EqualsListsUnderRandomUseAndTakesTheBytesOfWhatIsKept) {
  const size_t other_bytes = service.device.live_bytes;
  const size_t begins = kLayers * (kKvHeads + 1) * sizeof(int);
  for (int layer = 0; layer < kLayers; ++layer) append(layer, 3);
  for (int round = 0; round < 1500; ++round) {
    const int layer = random() % kLayers;
    const auto is_single = [](const std::vector<int>& tokens) { return tokens.size() == 1; };
    if (random() % 8 > 0) {
      append(layer, 1 + random() % (random() % 10 == 0 ? 100 : 3));
    } else if (random() % 2 > 0 && std::ranges::none_of(kept[layer], is_single)) {
      put_newest(layer);
    } else {
      drop(layer);
    }
    for (int each = 0; each < kLayers; ++each) expect_same(each);
    ASSERT_EQ(service.kv_cache.bytes(), bytes) << "round " << round;
    ASSERT_EQ(service.device.live_bytes, other_bytes + bytes + begins);
    ASSERT_EQ(service.kv_cache.next_position(layer), given[layer]);
  }
}

TEST_F(Ragged, WhatIsDroppedOneByOneIsGivenBack) {
  append(0, 1000);
  service.kv_cache.keep_ragged(0, {{0, 1, 2}, kept[0][1], {5, 6, 7, 8}}, 335);
  kept[0] = {{0, 1, 2}, kept[0][1], {5, 6, 7, 8}};
  append(0, 300);
  for (int i = 0; i < 299; ++i) put_newest(0);
  expect_same(0);
  EXPECT_LE(service.kv_cache.room(0), service.kv_cache.length(0) / 8 + 3 * 64);
}

TEST_F(Ragged, WhatIsDroppedIsGivenBack) {
  append(0, 1000);
  append(1, 1000);
  const size_t full = service.kv_cache.bytes();
  Slots few = {{}, {999}, {}};
  for (int slot = 0; slot < 500; ++slot) few[0].push_back(2 * slot);
  service.kv_cache.keep_ragged(0, few, 167);
  const size_t rows = 501 + 3 * service.kv_cache.chunk;
  EXPECT_LE(service.kv_cache.bytes(), full / 2 + 2 * rows * kHeadDim * sizeof(float));
  EXPECT_EQ(service.kv_cache.head_length(0, 0), 500);
  EXPECT_EQ(service.kv_cache.head_length(0, 2), 0);
  EXPECT_EQ(service.kv_cache.length(0), 167);
}

/// Each query against all tokens that were ever given, of which those that its head dropped and
/// those that come later are masked, in double.
TEST_F(Ragged, AttentionIsDenseAttentionWithAMask) {
  for (int round = 0; round < 40; ++round) {
    const int count = 1 + random() % (round % 4 == 0 ? 12 : 1);
    if (round % 3 == 2) drop(0);
    append(0, count);
    Floats queries(count * kHeads * kHeadDim), out(queries.size());
    for (float& x : queries) x = std::cos(static_cast<float>(random() % 1000));
    Buffer<float> device_queries(service.device, queries.size());
    Buffer<float> device_out(service.device, queries.size());
    device_queries.upload(queries.data(), queries.size());
    // Its contract counts tokens on average, which this test has not told.
    attend_ragged(service.device, device_out.data(), device_queries.data(),
                  service.kv_cache.keys(0), service.kv_cache.values(0), service.kv_cache.begins(0),
                  service.kv_cache.room(0), count, kHeads, kKvHeads, kHeadDim);
    device_out.download(out.data(), out.size());
    for (int at = 0; at < count * kHeads; ++at) {
      const int head = at % kHeads, kv_head = head / (kHeads / kKvHeads);
      const int position = given[0] - count + at / kHeads;
      std::vector<double> weights(given[0]), mixed(kHeadDim);
      double total = 0.0;
      for (int token = 0; token < given[0]; ++token) {
        const auto& tokens = kept[0][kv_head];
        const bool masked =
            token > position || !std::binary_search(tokens.begin(), tokens.end(), token);
        double score = masked ? -INFINITY : 0.0;
        for (int i = 0; i < kHeadDim; ++i) {
          score += queries[at * kHeadDim + i] * row(0, kv_head, token)[i] / std::sqrt(kHeadDim);
        }
        total += weights[token] = std::exp(score);
      }
      for (int token = 0; token < given[0]; ++token) {
        for (int i = 0; i < kHeadDim; ++i) {
          mixed[i] += weights[token] / total * row(1, kv_head, token)[i];
        }
      }
      for (int i = 0; i < kHeadDim; ++i) {
        ASSERT_NEAR(out[at * kHeadDim + i], mixed[i], 1e-5)
            << "round " << round << " head " << head;
      }
    }
  }
}

TEST_F(Ragged, RefusesSlotsThatItDoesNotHave) {
  append(0, 5);
  for (const Slots& slots : {Slots{{0}, {0}}, Slots{{0}, {0}, {5}}, Slots{{0}, {1, 1}, {0}},
                             Slots{{2, 1}, {0}, {0}}, Slots{{-1}, {0}, {0}}}) {
    EXPECT_THROW(service.kv_cache.keep_ragged(0, slots, 1), std::out_of_range);
  }
  for (const std::vector<int>& slots : {std::vector{0, 1}, {0, 5, 0}, {0, 0, -1}}) {
    EXPECT_THROW(service.kv_cache.put_newest(0, slots), std::out_of_range);
  }
  expect_same(0);
}

TEST_F(Ragged, AddsToValuesOfItsOwnHeadWhateverOthersKeep) {
  append(0, 5);
  drop(0);
  const Slots& tokens = kept[0];
  ASSERT_NE(tokens[0].size(), tokens[1].size());
  std::vector<std::vector<RowTerm>> terms;
  for (const std::vector<int>& of_head : tokens) {  // its last to its first, but not of the second
    terms.push_back({{static_cast<int>(of_head.size()) - 1, 0, 0.5f}});
  }
  terms[1].clear();
  service.kv_cache.add_to_values(0, terms);
  const auto behind = service.kv_cache.values(0) - service.kv_cache.keys(0);
  for (int head = 0; head < kKvHeads; ++head) {
    for (size_t slot = 0; slot < tokens[head].size(); ++slot) {
      const float* key = service.kv_cache.head_keys(0, head) + slot * kHeadDim;
      Floats value = row(1, head, tokens[head][slot]);
      for (int i = 0; i < kHeadDim && slot == 0 && head != 1; ++i) {
        value[i] += 0.5f * row(1, head, tokens[head].back())[i];
      }
      EXPECT_EQ(Floats(key, key + kHeadDim), row(0, head, tokens[head][slot]));
      EXPECT_EQ(Floats(key + behind, key + behind + kHeadDim), value) << head << " " << slot;
    }
  }
  terms[1] = {{0, static_cast<int>(tokens[1].size()), 1.0f}};
  EXPECT_THROW(service.kv_cache.add_to_values(0, terms), std::out_of_range);
}

TEST_F(Ragged, WhoReadsEqualHeadsIsToldOfOthers) {
  append(0, 5);
  EXPECT_EQ(service.kv_cache.capacity(0), 5 + service.kv_cache.room(0));
  service.kv_cache.keep_ragged(0, {{0}, {0, 1}, {0}}, 1);
  try {
    service.kv_cache.capacity(0);
    ADD_FAILURE() << "heads of 1, 2 and 1 tokens have a capacity";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("--with Attention=RaggedAttention"),
              std::string::npos);
  }
}

/// While all heads keep equally many, nobody notices the difference.
template <class Compressor>
void equals_the_contiguous_cache() {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(90, naive.vocab_size);
  const std::vector<int> more = random_tokens(40, naive.vocab_size, 4);
  Service<Compressor> ragged;
  HandBound<Fixture<NaiveLoader, Compressor>> contiguous;
  load(ragged, naive, 21);
  load(contiguous, naive, 21);
  ragged.model.prefill(tokens);
  contiguous.model.prefill(tokens);
  const auto expected = all_logits(contiguous, more), found = all_logits(ragged, more);
  for (size_t row = 0; row < expected.size(); ++row) {
    for (size_t i = 0; i < expected[row].size(); ++i) {
      ASSERT_NEAR(found[row][i], expected[row][i], 1e-4) << "token " << row;
    }
  }
}

TEST(RaggedKv, EqualsTheContiguousCacheForHeadsThatAreAlike) {
  equals_the_contiguous_cache<NoCompression>();
  equals_the_contiguous_cache<Knorm>();
  equals_the_contiguous_cache<SnapKv>();
  equals_the_contiguous_cache<Tova>();
  equals_the_contiguous_cache<H2o>();
  equals_the_contiguous_cache<Merging<Knorm>>();
  equals_the_contiguous_cache<Cam>();
}

/// Token by token, best first: one that fills a head's least share always stays, any other while
/// there is room for it beside those shares that are still to be filled.
Slots naive_choice(const std::vector<Floats>& scores, int count, int least) {
  struct Token {
    float score;
    int head, slot;
  };
  std::vector<Token> tokens;
  for (int head = 0; head < static_cast<int>(scores.size()); ++head) {
    for (int slot = 0; slot < static_cast<int>(scores[head].size()); ++slot) {
      tokens.push_back({scores[head][slot], head, slot});
    }
  }
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) {
    return std::tuple(-a.score, a.head, a.slot) < std::tuple(-b.score, b.head, b.slot);
  });
  Slots slots(scores.size());
  int room = (count - least) * static_cast<int>(scores.size());
  for (const Token& token : tokens) {
    std::vector<int>& of_head = slots[token.head];
    if (static_cast<int>(of_head.size()) >= least && room-- <= 0) continue;
    of_head.push_back(token.slot);
  }
  for (std::vector<int>& of_head : slots) std::sort(of_head.begin(), of_head.end());
  return slots;
}

TEST(AdaptiveSlots, EqualANaiveChoiceWithTiesAndOddSizes) {
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::vector<Floats> scores(1 + random() % 4);
    int shortest = 1000, tokens = 0;
    for (Floats& of_head : scores) {
      of_head.resize(1 + random() % 40);
      for (float& score : of_head) score = static_cast<float>(random() % 7);
      shortest = std::min(shortest, static_cast<int>(of_head.size()));
      tokens += static_cast<int>(of_head.size());
    }
    const int heads = static_cast<int>(scores.size());
    const int count = 1 + random() % (tokens / heads);
    const int least = random() % (std::min(count, shortest) + 1);
    const Slots slots = adaptive_slots(scores, count, least);
    ASSERT_EQ(slots, naive_choice(scores, count, least)) << count << " and " << least;
    int kept = 0;
    for (const std::vector<int>& of_head : slots) {
      kept += static_cast<int>(of_head.size());
      ASSERT_GE(static_cast<int>(of_head.size()), least);
    }
    ASSERT_EQ(kept, heads * count);
  }
}

TEST(AdaKv, HeadsShareTheBudgetAndKeepTheirWindow) {
  for (const auto& [heads, kv_heads] : {std::pair(4, 4), std::pair(4, 2), std::pair(6, 1)}) {
    const NaiveLlama naive = random_llama(heads, kv_heads, 8);
    Service<AdaKv> some, all;
    load(some, naive, 33, 128);
    load(all, naive, 4096, 128);
    some.compressor.alpha = all.compressor.alpha = 0.5f;
    const std::vector<int> tokens = random_tokens(101, naive.vocab_size);
    some.model.prefill(tokens);
    all.model.prefill(tokens);
    for (int layer = 0; layer < naive.layers; ++layer) {
      const Slots slots = naive_choice(all.compressor.scores(layer), 33, 16);
      int kept = 0;
      bool differs = false;
      for (int head = 0; head < kv_heads; ++head) {
        const int length = some.kv_cache.head_length(layer, head);
        ASSERT_EQ(length, static_cast<int>(slots[head].size()));
        for (int slot = 0; slot < length; ++slot) {
          const float* found = some.kv_cache.head_keys(layer, head) + slot * 8;
          const float* expected = all.kv_cache.head_keys(layer, head) + slots[head][slot] * 8;
          EXPECT_EQ(Floats(found, found + 8), Floats(expected, expected + 8));
        }
        EXPECT_GE(length, 16);
        for (int i = 1; i <= 8; ++i) EXPECT_EQ(slots[head][length - i], 101 - i);
        kept += length;
        differs = differs || length != 33;
      }
      EXPECT_EQ(kept, 33 * kv_heads);
      EXPECT_TRUE(differs || kv_heads == 1) << "all heads keep as many: nothing is tested here";
      EXPECT_EQ(some.kv_cache.length(layer), 33);
    }
  }
}

TEST(AdaKv, NothingIsLostWithinTheBudget) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  Service<AdaKv> selecting;
  Service<NoCompression> full;
  load(selecting, naive);
  load(full, naive);
  for (const int count : {61, 30}) {
    selecting.model.prefill(random_tokens(count, naive.vocab_size));
    full.model.prefill(random_tokens(count, naive.vocab_size));
  }
  EXPECT_EQ(all_logits(selecting, more), all_logits(full, more)) << "not bit for bit";
  EXPECT_EQ(selecting.kv_cache.bytes(), full.kv_cache.bytes());
}

TEST(AdaKv, SecondSequenceEqualsAFreshOne) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(90, naive.vocab_size);
  const std::vector<int> more = random_tokens(70, naive.vocab_size, 4);
  Service<Decoding<AdaKv>> service;
  load(service, naive, 20);
  service.compressor.interval = 16;
  service.model.prefill(tokens);
  const auto first = all_logits(service, more);
  service.model.prefill(random_tokens(77, naive.vocab_size, 5));
  service.model.load("");
  service.model.prefill(tokens);
  EXPECT_EQ(all_logits(service, more), first);
}

TEST(AdaKv, StaysBoundedOverTwoThousandSteps) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(2000, naive.vocab_size);
  Service<Decoding<AdaKv>> service;
  load(service, naive, 40);
  service.compressor.interval = 16;
  service.model.prefill(random_tokens(100, naive.vocab_size, 5));
  size_t least = SIZE_MAX, most = 0;
  for (size_t step = 0; step < tokens.size(); ++step) {
    service.model.forward(&tokens[step], 1);
    for (int layer = 0; layer < naive.layers; ++layer) {
      const int kept =
          service.kv_cache.head_length(layer, 0) + service.kv_cache.head_length(layer, 1);
      ASSERT_EQ(kept, 2 * service.kv_cache.length(layer)) << "step " << step;
      ASSERT_GE(service.kv_cache.length(layer), 40) << "step " << step;
      ASSERT_LE(service.kv_cache.length(layer), 55) << "step " << step;
      ASSERT_GE(service.kv_cache.head_length(layer, 0), 8);
      ASSERT_GE(service.kv_cache.head_length(layer, 1), 8);
    }
    if (step < 100) continue;
    least = std::min(least, service.device.live_bytes);
    most = std::max(most, service.device.live_bytes);
  }
  EXPECT_EQ(most, least);
}

TEST(AdaKv, WhatCannotBeMetIsRefusedAtTheStart) {
  const NaiveLlama naive = random_llama();
  Service<AdaKv> service;
  EXPECT_THROW(load(service, naive, 8), std::runtime_error);  // as many as the window
  for (const float alpha : {-0.1f, 1.5f, NAN}) {
    service.compressor.alpha = alpha;
    EXPECT_THROW(load(service, naive, 40), std::runtime_error) << alpha;
  }
}

}  // namespace
