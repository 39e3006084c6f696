// Values that are merged: as kvpress merges them (tests/fixtures), and as a naive CaM does.
#include "artifacts/compress/merging.h"

#include <omp.h>

#include <algorithm>
#include <map>
#include <set>

#include "artifacts/compress/cam.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/load/json.h"
#include "tests/artifacts/fixture.h"

namespace {

constexpr int kHeads = 4, kKvHeads = 2, kHeadDim = 8;
using Floats = std::vector<float>;

Floats floats(const Json& array) {
  Floats out;
  for (const Json& item : array.items) out.push_back(static_cast<float>(item.number));
  return out;
}

template <class Bound>
Floats row_of(Bound& service, bool is_key, int head, int slot) {
  const float* rows = is_key ? service.kv_cache.keys(0) : service.kv_cache.values(0);
  rows += (head * service.kv_cache.capacity(0) + slot) * kHeadDim;
  return {rows, rows + kHeadDim};
}

TEST(Merging, MakesTheValuesOfKvpressAndLeavesKeysAlone) {
  const Json fixture =
      read_json(std::string(COOP_SOURCE_DIR) + "/tests/fixtures/compressor_scores.json");
  const int tokens = static_cast<int>(fixture["tokens"].number);
  const Floats keys = floats(fixture["keys"]), values = floats(fixture["values"]);
  ASSERT_EQ(fixture["merged"].items.size(), 3u);
  for (const Json& each : fixture["merged"].items) {
    NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim);
    HandBound<Fixture<NaiveLoader, Merging<Knorm>>> service;
    service.loader.source = &naive;
    service.compressor.budget = static_cast<int>(each["kept"].number);
    service.compressor.similarity = static_cast<float>(each["similarity"].number);
    service.model.load("");
    service.kv_cache.append(0, keys.data(), values.data(), tokens);
    service.compressor.compress(0);
    const int kept = service.kv_cache.length(0);
    ASSERT_EQ(kept, each["kept"].number);
    const Floats expected = floats(each["values"]);
    for (int head = 0; head < kKvHeads; ++head) {
      for (int slot = 0, token = 0; slot < kept; ++slot, ++token) {
        const Floats key = row_of(service, true, head, slot);
        while (token < tokens &&
               !std::equal(key.begin(), key.end(), &keys[(token * kKvHeads + head) * kHeadDim])) {
          ++token;
        }
        ASSERT_LT(token, tokens) << "a key was changed";
        const Floats value = row_of(service, false, head, slot);
        for (int i = 0; i < kHeadDim; ++i) {
          EXPECT_NEAR(value[i], expected[(head * kept + slot) * kHeadDim + i], 1e-5)
              << kept << " kept, head " << head << ", slot " << slot;
        }
      }
    }
  }
}

/// A token of the naive CaM, in double.
struct Token {
  int id;
  double received = 0.0;
  std::vector<double> value;
};

/// As the artifact says it: SplitMix64 over the seed, the layer, the head, how many tokens there
/// were, and the slot.
double chance(int seed, int layer, int head, int given, int slot) {
  uint64_t state = seed;
  for (const uint64_t number : {layer, head, given, slot}) {
    state = (state + number) * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
    state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
    state ^= state >> 31;
  }
  return (state >> 40) / 16777216.0;
}

struct Stream {
  std::vector<Floats> queries, keys, values;

  explicit Stream(int tokens) : queries(tokens), keys(tokens), values(tokens) {
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    for (auto* rows : {&queries, &keys, &values}) {
      for (Floats& row : *rows) {
        row.resize((rows == &queries ? kHeads : kKvHeads) * kHeadDim);
        for (float& x : row) x = 2 * normal(random);
      }
    }
  }

  double score(int by, int head, int token) const {
    double sum = 0.0;
    for (int i = 0; i < kHeadDim; ++i) {
      sum += double(queries[by][head * kHeadDim + i]) *
             keys[token][head / (kHeads / kKvHeads) * kHeadDim + i];
    }
    return std::exp(sum / std::sqrt(kHeadDim));
  }
};

/// Token `by` comes, and the cache, which may keep `budget`, drops what was attended least. Returns
/// how often a value was merged.
int naive_step(const Stream& stream, std::vector<Token>& cache, int head, int by, int budget,
               int recent, int targets, int seed) {
  const Floats& value = stream.values[by];
  cache.push_back(
      {by, 0.0, {value.begin() + head * kHeadDim, value.begin() + (head + 1) * kHeadDim}});
  for (const int query : {2 * head, 2 * head + 1}) {
    double total = 0.0;
    for (const Token& token : cache) total += stream.score(by, query, token.id);
    for (Token& token : cache) token.received += stream.score(by, query, token.id) / total;
  }
  if (static_cast<int>(cache.size()) <= budget) return 0;
  const auto dropped =
      std::min_element(cache.begin(), cache.end() - recent,
                       [](const Token& a, const Token& b) { return a.received < b.received; });
  const int slot = static_cast<int>(dropped - cache.begin());
  const int share = std::min<int>(targets, cache.size() - slot - 1);
  double mean = 0.0;
  for (int i = 1; i <= share; ++i) mean += cache[slot + i].received / share;
  const bool merges = chance(seed, 0, head, by + 1, slot) < std::min(1.0, dropped->received / mean);
  for (int i = 1; i <= share && merges; ++i) {
    for (int d = 0; d < kHeadDim; ++d) cache[slot + i].value[d] += dropped->value[d] / share;
  }
  cache.erase(dropped);
  return merges;
}

TEST(Cam, MergesAsANaiveOneDoesAndLeavesKeysAlone) {
  const Stream stream(300);
  for (const auto& [targets, seed] : {std::pair(4, 1), std::pair(32, 7)}) {
    const NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim);
    HandBound<Fixture<NaiveLoader, Cam>> service;
    service.loader.source = &naive;
    service.compressor.budget = 17;
    service.compressor.recent = 8;
    service.compressor.targets = targets;
    service.compressor.seed = seed;
    service.model.load("");
    std::vector<std::vector<Token>> expected(kKvHeads);
    int merged = 0;
    for (int by = 0; by < 300; ++by) {
      Buffer<float> query(service.device, kHeads * kHeadDim), mixed(service.device, query.size());
      query.upload(stream.queries[by].data(), query.size());
      service.kv_cache.append(0, stream.keys[by].data(), stream.values[by].data(), 1);
      service.attention.forward(0, mixed.data(), query.data(), 1);
      service.hooks.after_append(0);
      for (int head = 0; head < kKvHeads; ++head) {
        merged += naive_step(stream, expected[head], head, by, 17, 8, targets, seed);
        ASSERT_EQ(service.kv_cache.length(0), static_cast<int>(expected[head].size()));
        std::set<int> found;
        for (size_t slot = 0; slot < expected[head].size(); ++slot) {
          const Floats key = row_of(service, true, head, slot);
          const Floats value = row_of(service, false, head, slot);
          const auto token =
              std::find_if(expected[head].begin(), expected[head].end(), [&](const Token& each) {
                return std::equal(key.begin(), key.end(),
                                  stream.keys[each.id].begin() + head * kHeadDim);
              });
          ASSERT_NE(token, expected[head].end()) << "token " << by << ", slot " << slot;
          found.insert(token->id);
          for (int i = 0; i < kHeadDim; ++i) {
            ASSERT_NEAR(value[i], token->value[i], 1e-4) << "token " << by << ", slot " << slot;
          }
        }
        ASSERT_EQ(found.size(), expected[head].size());
      }
    }
    EXPECT_GT(merged, 50);  // some are, some are not
    EXPECT_LT(merged, 2 * (300 - 17) - 50);
  }
}

template <class Compressor>
std::vector<Floats> logits_with(int threads) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(threads);
  const NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim);
  HandBound<Fixture<NaiveLoader, Compressor>> service;
  service.loader.source = &naive;
  service.compressor.budget = 40;
  if constexpr (requires { service.compressor.recent; }) service.compressor.recent = 8;
  service.model.load("");
  service.model.prefill(random_tokens(600, naive.vocab_size));
  auto logits = all_logits(service, random_tokens(50, naive.vocab_size, 4));
  omp_set_num_threads(before);
  return logits;
}

TEST(Merging, IsTheSameForAnyNumberOfThreads) {
  EXPECT_EQ(logits_with<Merging<Knorm>>(1), logits_with<Merging<Knorm>>(4));
  EXPECT_EQ(logits_with<Cam>(1), logits_with<Cam>(4));
}

}  // namespace
