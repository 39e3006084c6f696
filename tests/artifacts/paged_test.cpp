// The cache in blocks against a plain list of rows and against the contiguous one; its pool against
// a naive one; texts that share beginnings against texts that are read alone.
#include "artifacts/cache/paged.h"

#include <map>
#include <set>

#include "artifacts/attention/paged.h"
#include "artifacts/cache/prefix.h"
#include "artifacts/compress/cam.h"
#include "artifacts/compress/decoding.h"
#include "artifacts/compress/h2o.h"
#include "artifacts/compress/key_diff.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/merging.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/compress/streaming_llm.h"
#include "artifacts/compress/tova.h"
#include "tests/artifacts/fixture.h"

namespace {

// ---- the pool -----------------------------------------------------------------------------------

/// The same, in the plainest words: blocks in the order in which they fell out of use.
struct NaivePool {
  std::map<int, int> references;
  std::map<int, BlockPool::Name> names;
  std::vector<int> unused;
  size_t held = 0;

  /// What a new block takes the memory of; -1 if of none.
  int evicted() {
    if (unused.empty() || references.size() < held) return -1;
    const int id = unused.front();
    unused.erase(unused.begin());
    names.erase(id);
    references.erase(id);
    return id;
  }
  int named(const BlockPool::Name& name) {
    for (const auto& [id, other] : names) {
      if (other == name) return id;
    }
    return -1;
  }
  void find(int id) {
    if (references[id]++ == 0) unused.erase(std::find(unused.begin(), unused.end(), id));
  }
  void give_back(int id) {
    if (--references[id] > 0) return;
    if (names.count(id) > 0 && references.size() <= held) return unused.push_back(id);
    names.erase(id);
    references.erase(id);
  }
};

TEST(BlockPool, EqualsANaiveOneUnderRandomUse) {
  constexpr size_t kFloats = 24;
  for (const size_t held : {0, 1, 7, 40}) {
    Device device;
    BlockPool pool(kFloats);
    pool.hold(held);
    NaivePool naive;
    naive.held = held;
    std::vector<int> mine;  // a reference each
    std::map<int, float> contents;
    std::mt19937 random(11 + held);
    int hits = 0, evictions = 0;
    for (int step = 0; step < 20000; ++step) {
      const int action = random() % 8;
      const BlockPool::Name name = {random() % 2, random() % 20};
      if (action < 2 || mine.empty()) {
        if (mine.size() > 30) continue;
        evictions += naive.evicted() >= 0;
        const int id = pool.take(device);
        ASSERT_EQ(naive.references.count(id), 0u) << "given twice";
        naive.references[id] = 1;
        pool.data(id)[kFloats - 1] = contents[id] = static_cast<float>(step);
        mine.push_back(id);
      } else if (action < 4) {
        const int id = mine[random() % mine.size()];
        if (held > 0 && naive.names.count(id) == 0 && naive.named(name) < 0) naive.names[id] = name;
        pool.name(id, name);
      } else if (action < 5) {
        const int id = naive.named(name);
        ASSERT_EQ(pool.knows(name), id >= 0);
        if (id < 0) continue;
        ASSERT_EQ(pool.find(name), id);
        naive.find(id);
        mine.push_back(id);
        ++hits;
      } else {
        const size_t at = random() % mine.size();
        pool.give_back(mine[at]);
        naive.give_back(mine[at]);
        mine.erase(mine.begin() + at);
      }
      ASSERT_EQ(pool.bytes(), naive.references.size() * kFloats * sizeof(float));
      ASSERT_EQ(device.live_bytes, pool.bytes());
      for (const auto& [id, references] : naive.references) {
        ASSERT_EQ(pool.references(id), references);
        ASSERT_EQ(pool.is_own(id), references == 1 && naive.names.count(id) == 0);
        ASSERT_EQ(pool.data(id)[kFloats - 1], contents[id]);
      }
    }
    EXPECT_EQ(hits > 50, held > 0) << hits;
    EXPECT_EQ(evictions > 50, held > 0) << evictions;
  }
}

// ---- rows ---------------------------------------------------------------------------------------

constexpr int kLayers = 2, kHeads = 3, kHeadDim = 4;

using Service = HandBound<Fixture<NaiveLoader, NoCompression, PagedKv, PagedAttention>>;

struct Paged : testing::Test {
  Service service;
  std::vector<std::vector<float>> kept[kLayers][kHeads];  // rows: a key, then its value
  float next_value = 0.0f;

  void reset(int block) {
    service.kv_cache.block = block;
    service.kv_cache.reset(kLayers, kHeads, kHeadDim);
    for (auto& layer : kept) {
      for (auto& head : layer) head.clear();
    }
  }

  void append(int layer, int count) {
    std::vector<float> keys, values;
    for (int row = 0; row < count; ++row) {
      for (auto& head : kept[layer]) {
        head.emplace_back();
        for (int i = 0; i < kHeadDim; ++i) keys.push_back(++next_value);
        for (int i = 0; i < kHeadDim; ++i) values.push_back(-keys.end()[i - kHeadDim]);
        for (auto* rows : {&keys, &values}) {
          head.back().insert(head.back().end(), rows->end() - kHeadDim, rows->end());
        }
      }
    }
    service.kv_cache.append(layer, keys.data(), values.data(), count);
  }

  void erase(int layer, int from, int to) {
    for (auto& head : kept[layer]) head.erase(head.begin() + from, head.begin() + to);
    service.kv_cache.erase(layer, from, to);
  }

  /// Keeps `count` slots of each head, the first `same` among them.
  void keep(int layer, int count, int same, std::mt19937& random) {
    std::vector<std::vector<int>> slots;
    for (auto& head : kept[layer]) {
      std::set<int> chosen;
      while (static_cast<int>(chosen.size()) < count) {
        const int size = static_cast<int>(chosen.size());
        chosen.insert(size < same ? size : static_cast<int>(random() % head.size()));
      }
      slots.emplace_back(chosen.begin(), chosen.end());
      std::vector<std::vector<float>> rows;
      for (const int slot : slots.back()) rows.push_back(head[slot]);
      head = rows;
    }
    service.kv_cache.keep(layer, slots);
  }

  /// Of each head another slot goes.
  void put_newest(int layer, std::mt19937& random) {
    std::vector<int> slots;
    for (auto& head : kept[layer]) {
      slots.push_back(random() % head.size());
      head[slots.back()] = head.back();
      head.pop_back();
    }
    service.kv_cache.put_newest(layer, slots);
  }

  /// Of each head other slots, more or fewer. A product by such a weight is exact, and a sum of
  /// floats is the same for all.
  void add_to_values(int layer, std::mt19937& random) {
    std::vector<std::vector<RowTerm>> terms;
    for (auto& head : kept[layer]) {
      terms.emplace_back(random() % 4);
      for (RowTerm& term : terms.back()) {
        term.from = static_cast<int>(random() % head.size());
        term.to = static_cast<int>(random() % head.size());
        term.weight = static_cast<float>(random() % 3) / 2.0f - 0.5f;
        for (int i = kHeadDim; i < 2 * kHeadDim; ++i) {
          head[term.to][i] += term.weight * head[term.from][i];
        }
      }
    }
    service.kv_cache.add_to_values(layer, terms);
  }

  void expect_same(int layer) {
    const int length = service.kv_cache.length(layer);
    ASSERT_EQ(length, static_cast<int>(kept[layer][0].size()));
    const PagedRows rows = service.kv_cache.blocks(layer);
    const float* keys = service.kv_cache.keys(layer);
    const float* values = service.kv_cache.values(layer);
    for (int head = 0; head < kHeads; ++head) {
      for (int slot = 0; slot < length; ++slot) {
        const float* row = &kept[layer][head][slot][0];
        for (int i = 0; i < kHeadDim; ++i) {
          const int at = (head * length + slot) * kHeadDim + i;
          ASSERT_EQ(rows.key(slot, head)[i], row[i]) << head << " " << slot;
          ASSERT_EQ(rows.value(slot, head)[i], row[kHeadDim + i]) << head << " " << slot;
          ASSERT_EQ(keys[at], row[i]) << head << " " << slot;
          ASSERT_EQ(values[at], row[kHeadDim + i]) << head << " " << slot;
        }
      }
    }
  }
};

TEST_F(Paged, EqualsAListUnderRandomUse) {
  std::mt19937 random(5);
  for (const int block : {1, 2, 5, 16, 64}) {
    reset(block);
    for (int round = 0; round < 1500; ++round) {
      const int layer = random() % kLayers, length = service.kv_cache.length(layer);
      if (random() % 3 > 0 || length == 0) {
        append(layer, 1 + random() % (random() % 10 == 0 ? 100 : 3));
      } else if (random() % 2 == 0) {
        const int from = random() % (length + 1);
        erase(layer, from, from + random() % (length - from + 1));
      } else if (random() % 2 == 0) {
        put_newest(layer, random);
      } else if (random() % 2 == 0) {
        add_to_values(layer, random);
      } else {
        const int count = random() % (length + 1);
        keep(layer, count, random() % (count + 1), random);
      }
      expect_same(layer);
      ASSERT_EQ(service.device.live_bytes, service.kv_cache.bytes());
    }
  }
}

TEST_F(Paged, BytesAreThoseOfTheBlocksThatTokensNeed) {
  reset(16);
  const size_t block_bytes = size_t{2} * 16 * kHeads * kHeadDim * sizeof(float);
  const auto blocks = [&] { return service.kv_cache.bytes() / block_bytes; };
  append(0, 1000);
  append(1, 33);
  EXPECT_EQ(service.kv_cache.bytes(), (63 + 3) * block_bytes);
  erase(0, 500, 1000);
  EXPECT_EQ(blocks(), 32u + 3u);
  erase(0, 0, 10);  // slots 10 to 499: the first block is in use
  EXPECT_EQ(blocks(), 32u + 3u);
  erase(0, 0, 6);
  EXPECT_EQ(blocks(), 31u + 3u);
  std::mt19937 random(3);
  keep(0, 17, 3, random);
  EXPECT_EQ(blocks(), 2u + 3u);
  erase(1, 0, 33);
  EXPECT_EQ(service.kv_cache.bytes(), 2 * block_bytes);
  erase(0, 0, 17);
  EXPECT_EQ(service.device.live_bytes, 0u);
}

TEST_F(Paged, BytesAreFlatForEveryBudgetOfAStream) {
  for (int budget = 1; budget < 200; budget += budget < 40 ? 1 : 7) {
    reset(16);
    size_t most = 0;
    for (int i = 0; i < budget + 100; ++i) {
      append(0, 1);
      if (service.kv_cache.length(0) > budget) erase(0, budget / 8, budget / 8 + 1);
      const size_t rows = service.kv_cache.bytes() / (2 * kHeads * kHeadDim * sizeof(float));
      most = std::max(most, rows);
    }
    EXPECT_LE(most, static_cast<size_t>(budget + 2 * 16)) << budget;
    expect_same(0);
  }
}

// ---- compressors --------------------------------------------------------------------------------

/// Logits of a prompt and of what is decoded behind it.
template <class Compressor, class Cache, class Attention, class Configure>
std::vector<std::vector<float>> decode(const NaiveLlama& naive, Configure configure) {
  HandBound<Fixture<NaiveLoader, Compressor, Cache, Attention>> service;
  service.loader.source = &naive;
  configure(service.compressor);
  if constexpr (std::is_same_v<Cache, PagedKv>) service.kv_cache.block = 7;
  service.model.prefill_chunk = 32;
  service.model.load("");
  const std::vector<int> tokens = random_tokens(160, naive.vocab_size);
  service.model.prefill({tokens.begin(), tokens.begin() + 100});
  std::vector<std::vector<float>> logits;
  for (size_t i = 100; i < tokens.size(); ++i) {
    logits.push_back(service.model.logits());
    service.model.forward(&tokens[i], 1);
  }
  return logits;
}

template <class Compressor, class Configure>
void expect_same_text(Configure configure) {
  const NaiveLlama naive = random_llama(8, 2, 8);
  const auto expected = decode<Compressor, ContiguousKv, FullAttention>(naive, configure);
  const auto found = decode<Compressor, PagedKv, PagedAttention>(naive, configure);
  ASSERT_EQ(expected.size(), found.size());
  // Attention of one row adds up in the same order: bit-equal. A prompt's chunk is multiplied block
  // by block, which adds up in another.
  for (size_t row = 0; row < expected.size(); ++row) {
    for (size_t i = 0; i < expected[row].size(); ++i) {
      ASSERT_NEAR(expected[row][i], found[row][i], 1e-5) << row;
    }
  }
}

TEST(PagedText, IsThatOfTheContiguousCacheWhateverCompresses) {
  expect_same_text<NoCompression>([](auto&) {});
  expect_same_text<StreamingLlm>([](auto& it) { it.sinks = 3, it.window = 20; });
  expect_same_text<KeyDiff>([](auto& it) { it.budget = 30; });
  expect_same_text<SnapKv>([](auto& it) { it.budget = 30, it.window = 8; });
  expect_same_text<Tova>([](auto& it) { it.budget = 30; });
  expect_same_text<H2o>([](auto& it) { it.budget = 30, it.recent = 10; });
  expect_same_text<Decoding<SnapKv>>([](auto& it) { it.budget = 30, it.window = 8; });
  expect_same_text<Merging<SnapKv>>([](auto& it) { it.budget = 30, it.window = 8; });
  expect_same_text<Decoding<Merging<Knorm>>>([](auto& it) { it.budget = 30, it.interval = 5; });
  expect_same_text<Cam>([](auto& it) { it.budget = 30, it.recent = 10, it.targets = 4; });
}

// ---- beginnings that are shared -----------------------------------------------------------------

/// Texts one after the other, in blocks and chunks of 8.
template <class Compressor>
struct Texts {
  HandBound<Fixture<NaiveLoader, Compressor, PrefixKv, PagedAttention>> service;
  NaiveLlama naive = random_llama(4, 2, 8);

  explicit Texts(int held_tokens) {
    service.loader.source = &naive;
    service.kv_cache.block = 8;
    service.kv_cache.held_tokens = held_tokens;
    service.model.prefill_chunk = 8;
  }

  int begin(const std::vector<int>& tokens) { return service.kv_cache.begin_text(tokens); }

  /// Logits behind the prompt and behind each of `steps` tokens more.
  std::vector<std::vector<float>> read(const std::vector<int>& tokens, int known, int steps) {
    service.model.prefill({tokens.begin() + known, tokens.end()});
    std::vector<std::vector<float>> logits = {service.model.logits()};
    for (int i = 0; i < steps; ++i) {
      const int token = (7 * i + 3) % naive.vocab_size;
      service.model.forward(&token, 1);
      logits.push_back(service.model.logits());
    }
    return logits;
  }
};

/// The largest difference between a text read behind others and one read in a fresh process.
template <class Compressor>
float difference_from_fresh(Texts<Compressor>& texts, const std::vector<int>& tokens, int known,
                            int steps) {
  const auto found = texts.read(tokens, known, steps);
  Texts<Compressor> fresh(0);
  if constexpr (requires { fresh.service.compressor.window; }) {
    fresh.service.compressor.sinks = texts.service.compressor.sinks;
    fresh.service.compressor.window = texts.service.compressor.window;
  }
  if constexpr (requires { fresh.service.compressor.budget; }) {
    fresh.service.compressor.budget = texts.service.compressor.budget;
  }
  fresh.service.model.load("");
  EXPECT_EQ(fresh.begin(tokens), 0);
  const auto expected = fresh.read(tokens, 0, steps);
  float largest = 0.0f;
  for (size_t row = 0; row < expected.size(); ++row) {
    for (size_t i = 0; i < expected[row].size(); ++i) {
      largest = std::max(largest, std::abs(expected[row][i] - found[row][i]));
    }
  }
  return largest;
}

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(PrefixReuse, ReadsWhatIsNewAndTheLastToken) {
  Texts<NoCompression> texts(4096);
  texts.service.model.load("");
  const std::vector<int> beginning = random_tokens(40, 50), a = random_tokens(13, 50, 8),
                         b = random_tokens(30, 50, 9);
  EXPECT_EQ(texts.begin(joined(beginning, a)), 0);
  EXPECT_LE(difference_from_fresh(texts, joined(beginning, a), 0, 20), 1e-5f);
  EXPECT_EQ(texts.begin(joined(beginning, b)), 40);
  EXPECT_LE(difference_from_fresh(texts, joined(beginning, b), 40, 5), 1e-5f);
  EXPECT_EQ(texts.begin(joined(beginning, a)), 48);  // 53 tokens: six full blocks
  EXPECT_LE(difference_from_fresh(texts, joined(beginning, a), 48, 5), 1e-5f);
  EXPECT_EQ(texts.begin(beginning), 32);  // of 40 tokens that are known the last one is read
  EXPECT_LE(difference_from_fresh(texts, beginning, 32, 5), 1e-5f);
  EXPECT_EQ(texts.begin(b), 0);
  EXPECT_EQ(texts.begin({beginning[0]}), 0);
  EXPECT_EQ(texts.begin({}), 0);
}

struct NaiveText {
  std::vector<int> tokens;
  std::vector<std::vector<std::pair<float, float>>> rows;  // by layer: key, value
  bool is_whole = true;
};

TEST(PrefixReuse, HitsAndContentsEqualANaiveModelUnderRandomUse) {
  HandBound<Fixture<NaiveLoader, NoCompression, PrefixKv, PagedAttention>> service;
  service.kv_cache.block = 4;
  service.kv_cache.held_tokens = 1000000;  // nothing is evicted
  service.kv_cache.reset(2, 1, 2);
  std::mt19937 random(17);
  std::set<std::pair<int, std::vector<int>>> known;  // layers, and texts up to a block's end
  int hits = 0, partial = 0;
  for (int round = 0; round < 400; ++round) {
    NaiveText text;
    text.rows.resize(2);
    const size_t size = 1 + random() % 30;
    while (text.tokens.size() < size) {  // one of two blocks, mostly
      const int which = random() % 2, count = random() % 8 == 0 ? 1 : 4;
      for (int i = 0; i < count; ++i) text.tokens.push_back(which * 10 + i);
    }
    const auto beginning = [&](size_t count) {
      return std::vector<int>(text.tokens.begin(), text.tokens.begin() + count);
    };
    size_t expected = 0;
    while (expected + 4 < text.tokens.size() && known.count({0, beginning(expected + 4)}) > 0 &&
           known.count({1, beginning(expected + 4)}) > 0) {
      expected += 4;
    }
    ASSERT_EQ(service.kv_cache.begin_text(text.tokens), static_cast<int>(expected)) << round;
    hits += expected > 0;
    partial += expected > 0 && expected + 4 < text.tokens.size();
    const auto content = [&](size_t at) {  // as a model's: all tokens so far decide
      float sum = 0.0f;
      for (size_t i = 0; i <= at; ++i) sum = sum * 0.5f + static_cast<float>(text.tokens[i] + 1);
      return sum;
    };
    for (auto& rows : text.rows) {
      for (size_t i = 0; i < expected; ++i) rows.push_back({content(i), -content(i)});
    }
    for (size_t at = expected; at < text.tokens.size();) {
      const size_t count = std::min<size_t>(1 + random() % 6, text.tokens.size() - at);
      for (int layer = 0; layer < 2; ++layer) {
        auto& rows = text.rows[layer];
        if (text.is_whole) {
          for (size_t end = 4; end <= rows.size(); end += 4) known.insert({layer, beginning(end)});
        }
        std::vector<float> keys, values;
        for (size_t i = at; i < at + count; ++i) {
          rows.push_back({content(i), -content(i)});
          keys.insert(keys.end(), 2, content(i));
          values.insert(values.end(), 2, -content(i));
        }
        service.kv_cache.append(layer, keys.data(), values.data(), static_cast<int>(count));
        if (random() % 12 > 0) continue;
        const int length = static_cast<int>(rows.size()), from = random() % length;
        const int to = from + 1 + random() % (length - from);
        const int action = random() % 3;
        if (action == 0) {
          service.kv_cache.erase(layer, from, to);
          rows.erase(rows.begin() + from, rows.begin() + to);
        } else if (action == 1) {
          service.kv_cache.add_to_values(layer, {{{from, to - 1, 0.5f}}});
          rows[to - 1].second += 0.5f * rows[from].second;
        } else {  // other keys, not turned
          Buffer<float> other(service.device, 2 * (to - from));
          service.kv_cache.put_keys_turned(layer, from, to, other, 0);
          for (int slot = from; slot < to; ++slot) rows[slot].first = 0.0f;
        }
        text.is_whole = false;
      }
      at += count;
    }
    for (int layer = 0; layer < 2; ++layer) {
      const auto& rows = text.rows[layer];
      ASSERT_EQ(service.kv_cache.length(layer), static_cast<int>(rows.size()));
      for (size_t slot = 0; slot < rows.size(); ++slot) {
        ASSERT_EQ(service.kv_cache.keys(layer, slot)[0], rows[slot].first) << round << " " << slot;
        ASSERT_EQ(service.kv_cache.values(layer, slot)[1], rows[slot].second);
      }
      if (text.is_whole) {
        for (size_t end = 4; end <= rows.size(); end += 4) known.insert({layer, beginning(end)});
      }
    }
  }
  EXPECT_GT(hits, 200);
  EXPECT_GT(partial, 50);
}

TEST(PrefixReuse, OfAnotherModelNothingIsLeft) {
  Texts<NoCompression> texts(4096);
  texts.service.model.load("");
  const std::vector<int> tokens = random_tokens(40, 50);
  texts.begin(tokens);
  texts.read(tokens, 0, 0);
  EXPECT_GT(texts.service.kv_cache.bytes(), 0u);
  texts.service.model.load("");
  EXPECT_EQ(texts.service.kv_cache.bytes(), 0u);
  EXPECT_EQ(texts.begin(tokens), 0);
}

TEST(PrefixReuse, SharedBlocksAreNotWrittenByCompressors) {
  Texts<StreamingLlm> streams(4096);
  streams.service.compressor.sinks = 3;
  streams.service.compressor.window = 45;
  streams.service.model.load("");
  Texts<KeyDiff> choices(4096);
  choices.service.compressor.budget = 20;
  choices.service.model.load("");
  Texts<Merging<KeyDiff>> sums(4096);
  sums.service.compressor.budget = 20;
  sums.service.model.load("");
  const std::vector<int> beginning = random_tokens(40, 50);
  for (unsigned text = 0; text < 6; ++text) {
    const std::vector<int> tokens = joined(beginning, random_tokens(5 + 7 * text, 50, text + 20));
    const int known = text == 0 ? 0 : 40;
    EXPECT_EQ(streams.begin(tokens), known) << text;
    EXPECT_LE(difference_from_fresh(streams, tokens, known, 30), 1e-5f) << text;
    EXPECT_EQ(choices.begin(tokens), known) << text;
    EXPECT_LE(difference_from_fresh(choices, tokens, known, 30), 1e-5f) << text;
    EXPECT_EQ(sums.begin(tokens), known) << text;
    EXPECT_LE(difference_from_fresh(sums, tokens, known, 30), 1e-5f) << text;
  }
}

TEST(PrefixReuse, WhatWasUsedLongestAgoGoesFirstAndATextsEndBeforeItsBeginning) {
  Texts<NoCompression> texts(80);  // ten blocks a layer
  texts.service.model.load("");
  const auto text = [](unsigned seed) { return random_tokens(33, 50, seed); };  // four full blocks
  const auto read = [&](unsigned seed) {
    const int known = texts.begin(text(seed));
    texts.read(text(seed), known, 0);
    return known / 8;
  };
  EXPECT_EQ(read(1), 0);
  EXPECT_EQ(read(2), 0);  // 9 of 10 are taken, 4 of them wait
  EXPECT_EQ(read(1), 4);
  EXPECT_EQ(read(3), 0);  // 2 new ones, and the end of text 2, which was used longest ago
  EXPECT_EQ(read(1), 4);
  EXPECT_EQ(read(2), 1);
  EXPECT_EQ(read(1), 4);
  EXPECT_EQ(read(3), 1);
  const size_t tables = 2 * 5 * sizeof(float*);
  EXPECT_EQ(texts.service.kv_cache.bytes(), 20 * size_t{2 * 2 * 8 * 8} * sizeof(float) + tables);
}

TEST(PrefixReuse, ABoundedStreamIsFlatAndLeavesTheNextTextAsAFreshProcessWould) {
  Texts<StreamingLlm> texts(64);
  texts.service.compressor.sinks = 2;
  texts.service.compressor.window = 30;
  texts.service.model.load("");
  const std::vector<int> tokens = random_tokens(20, 50);
  texts.begin(tokens);
  texts.read(tokens, 0, 60);
  size_t most[2] = {0, 0};
  for (int step = 0; step < 2000; ++step) {
    const int token = step % 50;
    texts.service.model.forward(&token, 1);
    ASSERT_EQ(texts.service.kv_cache.length(1), 32);
    size_t& bytes = most[step / 1000];
    bytes = std::max(bytes, texts.service.device.live_bytes);
  }
  EXPECT_EQ(most[0], most[1]);
  EXPECT_EQ(texts.begin(tokens), 16);
  EXPECT_LE(difference_from_fresh(texts, tokens, 16, 60), 1e-5f);
}

}  // namespace
