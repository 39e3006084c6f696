// Layers that share directions: MiniCache against its equations in double and against
// KVCache-Factory's figures, attention against dense attention over what is restored.
#include "artifacts/attention/paired.h"

#include <functional>
#include <numbers>

#include "artifacts/cache/paired.h"
#include "artifacts/compress/mini_cache.h"
#include "artifacts/load/json.h"
#include "tests/artifacts/fixture.h"

namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Choice = std::vector<std::vector<int>>;  // of each head

template <class Compressor>
using Service = HandBound<Fixture<NaiveLoader, Compressor, PairedKv, PairedAttention>>;

NaiveLlama deep_llama(int layers = 5, int heads = 4, int kv_heads = 2) {
  NaiveLlama naive = random_llama(heads, kv_heads, 8, true, true, heads * 8);
  naive.layers = layers;
  naive.randomize(7);
  return naive;
}

/// Loads a random model of which `retention` of the rows of two layers stay.
template <class Bound>
void load(Bound& service, const NaiveLlama& naive, float retention = 0.25f, float depth = 0.5f) {
  service.loader.source = &naive;
  if constexpr (requires { service.compressor.depth; }) {
    service.compressor.retention = retention;
    service.compressor.depth = depth;
  }
  service.model.prefill_chunk = 16;
  service.model.load("");
}

double norm(const Doubles& x) {
  double sum = 0.0;
  for (const double each : x) sum += each * each;
  return std::sqrt(sum);
}

double angle(const Doubles& a, const Doubles& b) {
  double product = 0.0;
  for (size_t i = 0; i < a.size(); ++i) product += a[i] * b[i];
  return std::acos(std::clamp(product / norm(a) / norm(b), -1.0, 1.0));
}

/// The equations (2) and (3) of the paper: of both rows what is restored.
std::pair<Doubles, Doubles> restored(const Doubles& a, const Doubles& b, double toward) {
  const double between = angle(a, b), sine = std::sin(between);
  Doubles direction(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const double of_a = between < 1e-9 ? 1 - toward : std::sin((1 - toward) * between) / sine;
    const double of_b = between < 1e-9 ? toward : std::sin(toward * between) / sine;
    direction[i] = of_a * a[i] / norm(a) + of_b * b[i] / norm(b);
  }
  std::pair<Doubles, Doubles> out = {direction, direction};
  for (double& x : out.first) x *= norm(a);
  for (double& x : out.second) x *= norm(b);
  return out;
}

/// What the cache has of a key, or of a value.
Doubles row_of(const PairedRows& rows, bool is_key, int slot, int head) {
  const PairedRows::Row row = is_key ? rows.key(slot, head) : rows.value(slot, head);
  Doubles out(row.numbers, row.numbers + rows.head_dim);
  for (double& x : out) x *= row.magnitude;
  return out;
}

void expect_near(const Doubles& found, const Doubles& expected, double bound, int slot) {
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i], bound) << "slot " << slot << ", channel " << i;
  }
}

/// Of the angles the largest, one at a time; of equals the first.
std::vector<int> furthest(const Doubles& angles, int count) {
  std::vector<int> out;
  for (size_t i = 0; i < angles.size(); ++i) {
    int further = 0;
    for (size_t other = 0; other < angles.size(); ++other) {
      further += angles[other] > angles[i] || (angles[other] == angles[i] && other < i);
    }
    if (further < count) out.push_back(static_cast<int>(i));
  }
  return out;
}

TEST(MiniCache, MergesTheDeeperLayersByItsEquationsAndNothingElse) {
  for (const auto& [layers, heads, kv_heads] :
       {std::tuple(5, 4, 2), {4, 6, 1}, {6, 4, 4}, {3, 4, 2}}) {
    const NaiveLlama naive = deep_llama(layers, heads, kv_heads);
    Service<MiniCache> some;
    Service<NoCompression> all;
    load(some, naive);
    load(all, naive);
    const int tokens = 45, kept = 12;  // a quarter of 45, rounded up
    some.model.prefill(random_tokens(tokens, naive.vocab_size));
    all.model.prefill(random_tokens(tokens, naive.vocab_size));
    for (int layer = 0; layer < layers; ++layer) {
      const int from = layers / 2, first = layer - (layer - from) % 2;
      const bool is_merged = layer >= from && first + 1 < layers;
      EXPECT_EQ(some.kv_cache.merged(layer), is_merged ? tokens : 0) << "layer " << layer;
      const PairedRows rows = some.kv_cache.paired_rows(layer);
      for (int at = 0; at < 2 * kv_heads; ++at) {
        const bool is_key = at < kv_heads;
        const int head = at % kv_heads, behind = is_merged ? first + 1 : layer;
        const PairedRows a = all.kv_cache.paired_rows(is_merged ? first : layer);
        const PairedRows b = all.kv_cache.paired_rows(behind);
        Doubles angles;
        for (int slot = 0; slot < tokens; ++slot) {
          angles.push_back(angle(row_of(a, is_key, slot, head), row_of(b, is_key, slot, head)));
        }
        const std::vector<int> retained = furthest(angles, kept);
        for (int slot = 0; slot < tokens; ++slot) {
          const Doubles x = row_of(a, is_key, slot, head), y = row_of(b, is_key, slot, head);
          const bool stays = std::binary_search(retained.begin(), retained.end(), slot);
          const auto& [of_a, of_b] = restored(x, y, some.compressor.toward);
          const Doubles found = row_of(rows, is_key, slot, head);
          if (!is_merged || stays) {
            EXPECT_EQ(found, layer == first ? x : y) << "slot " << slot;
          } else {
            expect_near(found, layer == first ? of_a : of_b, 1e-5, slot);
          }
        }
      }
    }
  }
}

struct ShowsDistances : MiniCache {
  using MiniCache::distances;
};

/// The rows of the fixture as keys, and the same as values.
TEST(AsKvCacheFactory, MiniCache) {
  const Json json = read_json(std::string(COOP_SOURCE_DIR) + "/tests/fixtures/mini_cache.json");
  const auto floats = [&](const char* name) {
    Floats out;
    for (const Json& item : json[name].items) out.push_back(static_cast<float>(item.number));
    return out;
  };
  const auto number = [&](const char* name) { return static_cast<int>(json[name].number); };
  const int heads = number("heads"), tokens = number("tokens"), d = number("head_dim");
  const NaiveLlama naive = deep_llama(2, heads, heads);
  Service<ShowsDistances> service;
  load(service, naive, static_cast<float>(json["retention"].number), 0.0f);
  service.compressor.toward = static_cast<float>(json["toward"].number);
  const Floats sides[] = {floats("first"), floats("second")};
  const Floats expected[] = {floats("first_restored"), floats("second_restored")};
  for (const int layer : {0, 1}) {
    service.kv_cache.append(layer, sides[layer].data(), sides[layer].data(), tokens);
  }
  const Floats distances = service.compressor.distances(0), theirs = floats("distances");
  for (int at = 0; at < 2 * heads * tokens; ++at) {  // theirs are at least 1e-3 / pi
    EXPECT_NEAR(distances[at], theirs[at % (heads * tokens)], 5e-4) << at;
    if (theirs[at % (heads * tokens)] < 0.01f) continue;
    EXPECT_NEAR(distances[at], theirs[at % (heads * tokens)], 1e-5) << at;
  }
  service.compressor.after_prefill();
  for (const int layer : {0, 1}) {
    const PairedRows rows = service.kv_cache.paired_rows(layer);
    for (int at = 0; at < 2 * heads * tokens; ++at) {
      const int head = at / tokens % heads, slot = at % tokens;
      std::vector<int> retained;
      for (const Json& item : json["retained"].items[head].items) {
        retained.push_back(static_cast<int>(item.number));
      }
      const bool stays = std::binary_search(retained.begin(), retained.end(), slot);
      EXPECT_EQ(rows.places[at] < 0, stays) << "head " << head << ", slot " << slot;
      const auto of_slot = expected[layer].begin() + (head * tokens + slot) * d;
      expect_near(row_of(rows, at < heads * tokens, slot, head), {of_slot, of_slot + d}, 1e-5,
                  slot);
    }
  }
}

/// Attention of all that comes after the merging, in double, over what the cache restores.
TEST(Paired, AttentionIsDenseAttentionOverWhatIsRestored) {
  const NaiveLlama naive = deep_llama(2, 6, 3);
  Service<MiniCache> service;
  load(service, naive, 0.2f, 0.0f);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  const auto drawn = [&](int count) {
    Floats out(count);
    for (float& x : out) x = normal(random);
    return out;
  };
  int length = 0;
  for (const int count : {30, 1, 1, 5, 70, 1}) {
    for (const int layer : {0, 1}) {
      const Floats keys = drawn(count * 3 * 8), values = drawn(count * 3 * 8);
      service.kv_cache.append(layer, keys.data(), values.data(), count);
    }
    length += count;
    for (const int layer : {0, 1}) {
      const Floats queries = drawn(count * 6 * 8);
      Floats out(queries.size(), 7.0f);
      service.attention.forward(layer, out.data(), queries.data(), count);
      const PairedRows rows = service.kv_cache.paired_rows(layer);
      for (int at = 0; at < count * 6; ++at) {
        Doubles mixed(8);
        double total = 0.0;
        for (int slot = 0; slot <= length - count + at / 6; ++slot) {
          const Doubles key = row_of(rows, true, slot, at % 6 / 2);
          const Doubles value = row_of(rows, false, slot, at % 6 / 2);
          double score = 0.0;
          for (int i = 0; i < 8; ++i) score += queries[at * 8 + i] * key[i] / std::sqrt(8.0);
          total += std::exp(score);
          for (int i = 0; i < 8; ++i) mixed[i] += std::exp(score) * value[i];
        }
        for (int i = 0; i < 8; ++i) ASSERT_NEAR(out[at * 8 + i], mixed[i] / total, 1e-5);
      }
    }
    if (length == 30) service.compressor.after_prefill();
    EXPECT_EQ(service.kv_cache.merged(1), 30);
  }
}

TEST(MiniCache, LayersThatAreAlikeLoseNothing) {
  const NaiveLlama naive = deep_llama(2);
  Service<MiniCache> service;
  load(service, naive, 0.0f, 0.0f);
  Floats rows(50 * 2 * 8);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i));
  service.kv_cache.append(0, rows.data(), rows.data(), 50);
  for (float& x : rows) x *= 3.0f;
  service.kv_cache.append(1, rows.data(), rows.data(), 50);
  service.compressor.after_prefill();
  EXPECT_EQ(service.kv_cache.merged(1), 50);
  for (int slot = 0; slot < 50; ++slot) {
    const Doubles first = row_of(service.kv_cache.paired_rows(0), true, slot, 1);
    Doubles second = row_of(service.kv_cache.paired_rows(1), true, slot, 1);
    for (int i = 0; i < 8; ++i) {
      EXPECT_NEAR(second[i], rows[(slot * 2 + 1) * 8 + i], 1e-6);
      EXPECT_NEAR(first[i], rows[(slot * 2 + 1) * 8 + i] / 3, 1e-6);
    }
  }
}

TEST(MiniCache, WhatIsRetainedInFullIsTheSameToTheLastBit) {
  const NaiveLlama naive = deep_llama();
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  for (const auto& [retention, depth] : {std::pair(1.0f, 0.5f), {0.05f, 1.0f}, {0.05f, 0.9f}}) {
    Service<MiniCache> merging;
    HandBound<Fixture<NaiveLoader>> full;
    load(merging, naive, retention, depth);
    load(full, naive);
    merging.model.prefill(random_tokens(40, naive.vocab_size));
    full.model.prefill(random_tokens(40, naive.vocab_size));
    EXPECT_EQ(all_logits(merging, more), all_logits(full, more));
    EXPECT_EQ(merging.kv_cache.bytes(), full.kv_cache.bytes());
  }
}

/// Two of four layers share: of what they held a half, and what is retained once more.
TEST(MiniCache, BytesFallByWhatIsShared) {
  const NaiveLlama naive = deep_llama(4);
  Service<MiniCache> merging;
  Service<NoCompression> full;
  load(merging, naive, 0.05f);
  load(full, naive);
  merging.model.prefill(random_tokens(1000, naive.vocab_size));
  full.model.prefill(random_tokens(1000, naive.vocab_size));
  const size_t saved = full.kv_cache.bytes() - merging.kv_cache.bytes();
  EXPECT_EQ(full.device.live_bytes - merging.device.live_bytes, saved);
  const size_t rows = size_t{2} * 2 * 1000;  // of a layer's keys and values
  const size_t row = 8 * sizeof(float);
  const size_t of_two = 950 * rows / 1000 * (row + 2 * 4) + 50 * rows / 1000 * 2 * row + rows * 4;
  const size_t spare = 2 * size_t{2} * 2 * 64 * row;
  EXPECT_EQ(merging.kv_cache.bytes(), full.kv_cache.bytes() / 2 + of_two + spare);
  all_logits(merging, random_tokens(300, naive.vocab_size, 4));
  EXPECT_EQ(merging.kv_cache.length(3), 1300);
  EXPECT_EQ(merging.kv_cache.merged(3), 1000) << "what comes later stays whole";
}

TEST(MiniCache, ASecondSequenceIsLikeAFreshProcess) {
  const NaiveLlama naive = deep_llama();
  Service<MiniCache> used, fresh;
  load(used, naive);
  used.model.prefill(random_tokens(70, naive.vocab_size, 9));
  load(used, naive);
  load(fresh, naive);
  used.model.prefill(random_tokens(50, naive.vocab_size));
  fresh.model.prefill(random_tokens(50, naive.vocab_size));
  const std::vector<int> more = random_tokens(20, naive.vocab_size, 4);
  EXPECT_EQ(all_logits(used, more), all_logits(fresh, more));
  EXPECT_EQ(used.device.live_bytes, fresh.device.live_bytes);
}

TEST(MiniCache, RefusesWhatIsNoShare) {
  const NaiveLlama naive = deep_llama();
  for (const auto& [retention, depth] : {std::pair(1.1f, 0.5f),
                                         {-0.1f, 0.5f},
                                         {NAN, 0.5f},
                                         {0.1f, -1.0f},
                                         {0.1f, 2.0f},
                                         {0.1f, NAN}}) {
    Service<MiniCache> service;
    EXPECT_THROW(load(service, naive, retention, depth), std::runtime_error);
  }
  Service<MiniCache> service;
  service.compressor.toward = 1.5f;
  EXPECT_THROW(load(service, naive), std::runtime_error);
}

TEST(Paired, RefusesWhatItCannotMergeAndTellsWhoReadsItAsAnother) {
  const NaiveLlama naive = deep_llama(3, 2, 1);
  Service<NoCompression> service;
  load(service, naive);
  const Floats rows(10 * 8, 1.0f);
  for (const int layer : {0, 1}) service.kv_cache.append(layer, rows.data(), rows.data(), 10);
  for (const Choice& wrong : {Choice{{0}}, Choice{{0}, {10}}, Choice{{0}, {1, 2}},
                              Choice{{2, 1}, {1, 2}}, Choice{{-1}, {0}}, Choice{{1, 1}, {1, 2}}}) {
    EXPECT_THROW(service.kv_cache.merge(0, wrong, 0.6f), std::out_of_range);
  }
  EXPECT_THROW(service.kv_cache.merge(1, {{0}, {0}}, 0.6f), std::runtime_error) << "of 10 and 0";
  EXPECT_EQ(service.kv_cache.merged(1), 0);
  service.kv_cache.merge(0, {{0, 9}, {4, 5}}, 0.6f);
  EXPECT_THROW(service.kv_cache.merge(0, {{}, {}}, 0.6f), std::runtime_error) << "twice";
  const std::function<void()> reads[] = {[&] { service.kv_cache.keys(0); },
                                         [&] { service.kv_cache.values(1); }};
  for (const auto& read : reads) {
    try {
      read();
      ADD_FAILURE() << "merged rows were read as if they were not";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("--with Attention=PairedAttention"),
                std::string::npos);
    }
  }
}

}  // namespace
