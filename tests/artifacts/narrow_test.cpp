// Keys that lost channels: the cache against lists of rows, its attention against dense attention
// with a mask, and ThinK against a naive choice.
#include "artifacts/attention/narrow.h"

#include <functional>
#include <tuple>

#include "artifacts/cache/narrow.h"
#include "artifacts/compress/thin_k.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;
using Choice = std::vector<std::vector<int>>;  // of each head

template <class Compressor>
using Service = HandBound<Fixture<NaiveLoader, Compressor, NarrowKv, NarrowAttention>>;

/// Loads a random model of which `ratio` of the channels goes, but not of the last `window` keys.
template <class Bound>
void load(Bound& service, const NaiveLlama& naive, float ratio = 0.5f, int window = 8) {
  service.loader.source = &naive;
  if constexpr (requires { service.compressor.ratio; }) service.compressor.ratio = ratio;
  if constexpr (requires { service.compressor.window; }) service.compressor.window = window;
  service.model.prefill_chunk = 16;
  service.model.load("");
}

/// Some of `end`, ascending, equally many of each head.
Choice some_of(int heads, int end, std::mt19937& random) {
  const int count = 1 + static_cast<int>(random() % end);
  Choice out(heads);
  for (std::vector<int>& of_head : out) {
    std::vector<int> all(end);
    for (int i = 0; i < end; ++i) all[i] = i;
    std::shuffle(all.begin(), all.end(), random);
    of_head.assign(all.begin(), all.begin() + count);
    std::sort(of_head.begin(), of_head.end());
  }
  return out;
}

/// The cache beside a list of the tokens that each head keeps, and of the channels that keys have.
struct Narrow : testing::Test {
  static constexpr int kLayers = 2, kHeads = 6, kKvHeads = 3, kHeadDim = 10;

  NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim, true, true, 60);
  Service<NoCompression> service;
  std::vector<Choice> tokens = std::vector<Choice>(kLayers, Choice(kKvHeads));  // by their numbers
  std::vector<Choice> channels = std::vector<Choice>(kLayers, Choice(kKvHeads));
  std::vector<int> given = std::vector<int>(kLayers), narrow = std::vector<int>(kLayers);
  std::mt19937 random{5};

  Narrow() { load(service, naive); }

  static float number(bool is_key, int head, int token, int channel) {
    return std::sin(static_cast<float>(token * 7 + head * 3 + channel * 5 + is_key));
  }

  /// What is left of a key.
  double key(int layer, int head, int slot, int channel) const {
    const std::vector<int>& kept = channels[layer][head];
    const bool lost =
        slot < narrow[layer] && !std::binary_search(kept.begin(), kept.end(), channel);
    return lost ? 0.0 : number(true, head, tokens[layer][head][slot], channel);
  }

  void append(int layer, int count) {
    Floats keys, values;
    for (int i = 0; i < count; ++i, ++given[layer]) {
      for (int head = 0; head < kKvHeads; ++head) {
        tokens[layer][head].push_back(given[layer]);
        for (int channel = 0; channel < kHeadDim; ++channel) {
          keys.push_back(number(true, head, given[layer], channel));
          values.push_back(number(false, head, given[layer], channel));
        }
      }
    }
    service.kv_cache.append(layer, keys.data(), values.data(), count);
  }

  void drop_tokens(int layer) {
    const Choice slots = some_of(kKvHeads, service.kv_cache.length(layer), random);
    service.kv_cache.keep(layer, slots);
    for (int head = 0; head < kKvHeads; ++head) {
      std::vector<int> left;
      for (const int slot : slots[head]) left.push_back(tokens[layer][head][slot]);
      tokens[layer][head] = left;
    }
  }

  /// Of each head another token goes, and the newest takes its slot.
  void put_newest(int layer) {
    std::vector<int> slots;
    for (std::vector<int>& of_head : tokens[layer]) {
      slots.push_back(static_cast<int>(random() % of_head.size()));
      of_head[slots.back()] = of_head.back();
      of_head.pop_back();
    }
    service.kv_cache.put_newest(layer, slots);
  }

  void drop_channels(int layer) {
    channels[layer] = some_of(kKvHeads, kHeadDim, random);
    narrow[layer] = 1 + static_cast<int>(random() % service.kv_cache.length(layer));
    service.kv_cache.keep_channels(layer, channels[layer], narrow[layer]);
  }

  void expect_same(int layer) {
    const NarrowRows rows = service.kv_cache.narrow_rows(layer);
    ASSERT_EQ(rows.length, static_cast<int>(tokens[layer][0].size()));
    ASSERT_EQ(rows.narrow, narrow[layer]);
    ASSERT_EQ(service.kv_cache.next_position(layer), given[layer]);
    for (int at = 0; at < kKvHeads * rows.length; ++at) {
      const int head = at / rows.length, slot = at % rows.length;
      const float* value = rows.values + (head * rows.capacity + slot) * kHeadDim;
      for (int i = 0; i < kHeadDim; ++i) {
        ASSERT_EQ(value[i], number(false, head, tokens[layer][head][slot], i));
      }
      const int whole = slot - rows.narrow;
      const float* found = rows.keys + (head * (rows.capacity - rows.narrow) + whole) * kHeadDim;
      if (whole < 0) found = rows.narrow_keys + (head * rows.narrow + slot) * rows.channels;
      for (int i = 0; i < kHeadDim; ++i) {
        if (whole >= 0 || key(layer, head, slot, i) != 0.0) {
          ASSERT_EQ(*found++, key(layer, head, slot, i)) << "slot " << slot;
        }
      }
    }
    const size_t whole_rows = 2 * rows.capacity - rows.narrow;
    bytes += kKvHeads * 4 *
             (whole_rows * kHeadDim + size_t(rows.narrow) * rows.channels + rows.channels);
  }

  size_t bytes = 0;  // that the layers should take, as far as they were looked at
};

TEST_F(Narrow, EqualsListsUnderRandomUseAndTakesTheBytesOfWhatIsKept) {
  const size_t other_bytes = service.device.live_bytes;
  for (int round = 0; round < 300; ++round) {
    const int layer = static_cast<int>(random() % kLayers);
    const unsigned use = random() % 100;
    if (use == 0) {  // another sequence
      service.kv_cache.reset(kLayers, kKvHeads, kHeadDim);
      for (int each = 0; each < kLayers; ++each) {
        given[each] = narrow[each] = 0;
        tokens[each] = channels[each] = Choice(kKvHeads);
      }
    } else if (use < 40 && use >= 12 && narrow[layer] == 0 && tokens[layer][0].size() > 1) {
      for (size_t i = 1 + random() % (tokens[layer][0].size() - 1); i > 0; --i) put_newest(layer);
    } else if (use < 12 && narrow[layer] == 0 && given[layer] > 0) {
      use < 8 ? drop_tokens(layer) : drop_channels(layer);
    } else {
      append(layer, static_cast<int>(random() % (use < 20 ? 200 : 4)));
    }
    bytes = 0;
    for (int each = 0; each < kLayers; ++each) expect_same(each);
    ASSERT_EQ(service.kv_cache.bytes(), bytes) << "round " << round;
    ASSERT_EQ(service.device.live_bytes, other_bytes + bytes);
  }
}

/// Each query against whole keys, of which the channels that they lost are masked, in double.
TEST_F(Narrow, AttentionIsDenseAttentionWithAMask) {
  for (int round = 0; round < 30; ++round) {
    const int count = 1 + static_cast<int>(random() % (round % 4 == 0 ? 12 : 1));
    append(0, count);
    if (round == 5) drop_channels(0);
    Floats queries(count * kHeads * kHeadDim), out(queries.size());
    for (float& x : queries) x = std::cos(static_cast<float>(random() % 1000));
    service.attention.forward(0, out.data(), queries.data(), count);
    for (int at = 0; at < count * kHeads; ++at) {
      const int kv_head = at % kHeads / (kHeads / kKvHeads), seen = given[0] - count + at / kHeads;
      std::vector<double> mixed(kHeadDim);
      double total = 0.0;
      for (int slot = 0; slot <= seen; ++slot) {
        double score = 0.0;
        for (int i = 0; i < kHeadDim; ++i) {
          score += queries[at * kHeadDim + i] * key(0, kv_head, slot, i) / std::sqrt(kHeadDim);
        }
        total += std::exp(score);
        for (int i = 0; i < kHeadDim; ++i) {
          mixed[i] += std::exp(score) * number(false, kv_head, slot, i);
        }
      }
      for (int i = 0; i < kHeadDim; ++i) {
        ASSERT_NEAR(out[at * kHeadDim + i], mixed[i] / total, 1e-5) << "round " << round;
      }
    }
  }
}

TEST_F(Narrow, RefusesWhatItDoesNotHave) {
  append(0, 5);
  for (const Choice& wrong : {Choice{{0}, {0}}, Choice{{0}, {0}, {10}}, Choice{{0}, {1, 1}, {0}},
                              Choice{{2, 1}, {0, 1}, {0, 1}}, Choice{{-1}, {0}, {0}}}) {
    EXPECT_THROW(service.kv_cache.keep_channels(0, wrong, 5), std::out_of_range);
    EXPECT_THROW(service.kv_cache.keep(0, wrong), std::out_of_range);
  }
  expect_same(0);
}

TEST_F(Narrow, AddsToValuesWhoseKeysLostChannels) {
  append(0, 9);
  drop_channels(0);
  service.kv_cache.add_to_values(0, {{{8, 0, 0.5f}}, {}, {{0, 8, -0.5f}, {1, 1, 1.0f}}});
  const NarrowRows rows = service.kv_cache.narrow_rows(0);
  const auto value = [&](int head, int slot, int i) {
    return rows.values[(head * rows.capacity + slot) * kHeadDim + i];
  };
  for (int i = 0; i < kHeadDim; ++i) {
    const auto was = [&](int head, int slot) { return number(false, head, slot, i); };
    EXPECT_EQ(value(0, 0, i), was(0, 0) + 0.5f * was(0, 8));
    EXPECT_EQ(value(0, 8, i), was(0, 8));
    EXPECT_EQ(value(1, 0, i), was(1, 0));
    EXPECT_EQ(value(2, 8, i), was(2, 8) - 0.5f * was(2, 0));
    EXPECT_EQ(value(2, 1, i), 2.0f * was(2, 1));
    EXPECT_EQ(value(2, 0, i), was(2, 0));
  }
}

TEST_F(Narrow, WhoReadsWholeKeysIsToldOfOthers) {
  append(0, 5);
  EXPECT_EQ(service.kv_cache.capacity(0), 64);
  drop_channels(0);
  EXPECT_NO_THROW(service.kv_cache.values(0));
  const std::function<void()> reads[] = {[&] { service.kv_cache.keys(0); },
                                         [&] { service.kv_cache.capacity(0); },
                                         [&] { drop_tokens(0); }, [&] { drop_channels(0); }};
  for (const auto& read : reads) {
    try {
      read();
      ADD_FAILURE() << "keys that lost channels were read as if they were whole";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("--with Attention=NarrowAttention"),
                std::string::npos);
    }
  }
}

/// One at a time, best first; of equals the first.
Choice naive_choice(const Floats& scores, int heads, int count) {
  const int head_dim = static_cast<int>(scores.size()) / heads;
  Choice out(heads);
  for (int head = 0; head < heads; ++head) {
    for (int i = 0; i < head_dim; ++i) {
      const float own = scores[head * head_dim + i];
      int better = 0;
      for (int other = 0; other < head_dim; ++other) {
        const float score = scores[head * head_dim + other];
        better += score > own || (score == own && other < i);
      }
      if (better < count) out[head].push_back(i);
    }
  }
  return out;
}

/// What a query or a key has of a channel, squared and added up in double over what is in `rows`
/// (rows, parts, channels).
double squares(const Floats& rows, int parts, int part, int channels, int channel, int last) {
  double sum = 0.0;
  const int count = static_cast<int>(rows.size()) / (parts * channels);
  for (int row = std::max(0, count - last); row < count; ++row) {
    const double x = rows[(row * parts + part) * channels + channel];
    sum += x * x;
  }
  return sum;
}

TEST(ThinK, ScoresAreSquaresOfTheGroupsQueriesTimesThoseOfTheKeys) {
  for (const auto& [heads, kv_heads, tokens] : {std::tuple(4, 4, 31), {6, 2, 50}, {5, 1, 3}}) {
    const NaiveLlama naive = random_llama(heads, kv_heads, 6, true, true, heads * 6);
    Service<ThinK> service;
    load(service, naive);
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    Floats keys(tokens * kv_heads * 6), queries(tokens * heads * 6);
    for (float& x : keys) x = normal(random);
    for (float& x : queries) x = normal(random);
    Buffer<float> device_queries(service.device, queries.size());
    device_queries.upload(queries.data(), queries.size());
    service.kv_cache.append(0, keys.data(), keys.data(), tokens);
    service.hooks.after_attend(0, device_queries, tokens);
    const Floats scores = service.compressor.scores(0);
    ASSERT_EQ(scores.size(), kv_heads * 6u);
    for (int at = 0; at < kv_heads * 6; ++at) {
      const int group = heads / kv_heads;
      double of_queries = 0.0;
      for (int i = 0; i < group; ++i) {
        of_queries += squares(queries, heads, at / 6 * group + i, 6, at % 6, 8);
      }
      const double expected = of_queries * squares(keys, kv_heads, at / 6, 6, at % 6, tokens);
      EXPECT_NEAR(scores[at], expected, 1e-5 * expected);
    }
  }
}

TEST(ThinK, KeepsTheBestChannelsOfEachHeadAndTheWindowWhole) {
  for (const auto& [heads, kv_heads] : {std::pair(4, 4), std::pair(4, 2), std::pair(6, 1)}) {
    for (const float ratio : {0.13f, 0.5f, 0.99f}) {
      const NaiveLlama naive = random_llama(heads, kv_heads, 8);
      Service<ThinK> some, all;
      load(some, naive, ratio);
      load(all, naive, 0.0f);
      const std::vector<int> tokens = random_tokens(61, naive.vocab_size);
      some.model.prefill(tokens);
      all.model.prefill(tokens);
      for (int layer = 0; layer < naive.layers; ++layer) {
        const int count = 8 - static_cast<int>(ratio * 8);
        const Choice expected = naive_choice(all.compressor.scores(layer), kv_heads, count);
        const NarrowRows rows = some.kv_cache.narrow_rows(layer);
        const NarrowRows whole = all.kv_cache.narrow_rows(layer);
        ASSERT_EQ(rows.channels, count);
        ASSERT_EQ(rows.narrow, 61 - 8);
        ASSERT_EQ(whole.narrow, 0);
        for (int head = 0; head < kv_heads; ++head) {
          const int* kept = rows.kept + head * count;
          EXPECT_EQ(std::vector<int>(kept, kept + count), expected[head]);
          for (int slot = 0; slot < 61; ++slot) {
            const float* key = whole.keys + (head * whole.capacity + slot) * 8;
            const float* row = rows.keys + (head * (rows.capacity - 53) + slot - 53) * 8;
            if (slot >= 53) {
              EXPECT_EQ(Floats(row, row + 8), Floats(key, key + 8)) << "slot " << slot;
              continue;
            }
            for (int i = 0; i < count; ++i) {
              EXPECT_EQ(rows.narrow_keys[(head * 53 + slot) * count + i], key[expected[head][i]]);
            }
          }
        }
      }
    }
  }
}

/// Equal to the last bit: nothing goes where the prompt is no longer than the window, or no channel
/// is to go.
TEST(ThinK, NothingIsLostWithinTheWindowOrWithoutARatio) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  for (const auto& [ratio, window] : {std::pair(0.5f, 40), {0.12f, 8}}) {  // 0.12 of 8 channels
    Service<ThinK> thin;
    Service<NoCompression> full;
    load(thin, naive, ratio, window);
    load(full, naive);
    const std::vector<int> tokens = random_tokens(40, naive.vocab_size);
    thin.model.prefill(tokens);
    full.model.prefill(tokens);
    EXPECT_EQ(all_logits(thin, more), all_logits(full, more));
    EXPECT_EQ(thin.kv_cache.bytes(), full.kv_cache.bytes());
  }
}

TEST(ThinK, NarrowKvWithoutCompressionIsAContiguousCache) {
  const NaiveLlama naive = random_llama();
  const std::vector<int> tokens = random_tokens(90, naive.vocab_size);
  Service<NoCompression> narrow;
  HandBound<Fixture<NaiveLoader>> contiguous;
  load(narrow, naive);
  load(contiguous, naive);
  EXPECT_EQ(all_logits(narrow, tokens, 7), all_logits(contiguous, tokens, 7));
}

/// Half of the channels of all keys but the newest is a quarter of the cache.
TEST(ThinK, BytesFallByWhatWentAndStayBoundedByIt) {
  const NaiveLlama naive = random_llama();
  Service<ThinK> thin;
  Service<NoCompression> full;
  load(thin, naive);
  load(full, naive);
  const size_t other_bytes = full.device.live_bytes;
  const std::vector<int> tokens = random_tokens(1000, naive.vocab_size);
  full.model.prefill(tokens);
  thin.model.prefill(tokens);
  EXPECT_LE(thin.kv_cache.bytes(), 0.78 * full.kv_cache.bytes());
  EXPECT_EQ(full.device.live_bytes - thin.device.live_bytes,  // queries are given back as well
            full.kv_cache.bytes() - thin.kv_cache.bytes());
  EXPECT_EQ(full.device.live_bytes, other_bytes + full.kv_cache.bytes());
  EXPECT_EQ(thin.kv_cache.length(0), 1000);
  all_logits(thin, random_tokens(300, naive.vocab_size, 4));
  EXPECT_EQ(thin.kv_cache.length(1), 1300);
  EXPECT_EQ(thin.kv_cache.narrow(1), 992) << "what comes later stays whole";
}

TEST(ThinK, ASecondSequenceIsLikeAFreshProcess) {
  const NaiveLlama naive = random_llama();
  Service<ThinK> used, fresh;
  load(used, naive);
  used.model.prefill(random_tokens(70, naive.vocab_size, 9));
  load(used, naive);
  load(fresh, naive);
  const std::vector<int> tokens = random_tokens(50, naive.vocab_size);
  used.model.prefill(tokens);
  fresh.model.prefill(tokens);
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  EXPECT_EQ(all_logits(used, more), all_logits(fresh, more));
  EXPECT_EQ(used.device.live_bytes, fresh.device.live_bytes);
}

TEST(ThinK, RefusesWhatCannotBeKept) {
  const NaiveLlama naive = random_llama();
  for (const auto& [ratio, window] :
       {std::pair(1.0f, 8), {-0.1f, 8}, {NAN, 8}, {0.5f, 0}, {0.5f, -3}}) {
    Service<ThinK> service;
    EXPECT_THROW(load(service, naive, ratio, window), std::runtime_error) << ratio;
  }
}

}  // namespace
