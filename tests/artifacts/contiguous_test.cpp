// The cache against a plain list of rows.
#include "artifacts/cache/contiguous.h"

#include "tests/artifacts/fixture.h"

namespace {

constexpr int kLayers = 2, kHeads = 3, kHeadDim = 4;

using Service = HandBound<Fixture<NaiveLoader>>;

struct Contiguous : testing::Test {
  Service service;
  std::vector<std::vector<float>> kept[kLayers];  // tokens: (kv_heads, 2, head_dim), key and value
  float next_value = 0.0f;

  Contiguous() { service.kv_cache.reset(kLayers, kHeads, kHeadDim); }

  void append(int layer, int count) {
    std::vector<float> keys, values;
    for (int row = 0; row < count; ++row) {
      std::vector<float>& token = kept[layer].emplace_back();
      for (int head = 0; head < kHeads; ++head) {
        for (int i = 0; i < kHeadDim; ++i) keys.push_back(++next_value);
        for (int i = 0; i < kHeadDim; ++i) values.push_back(-keys.end()[i - kHeadDim]);
        for (auto* rows : {&keys, &values}) {
          token.insert(token.end(), rows->end() - kHeadDim, rows->end());
        }
      }
    }
    service.kv_cache.append(layer, keys.data(), values.data(), count);
  }

  void erase(int layer, int from, int to) {
    kept[layer].erase(kept[layer].begin() + from, kept[layer].begin() + to);
    service.kv_cache.erase(layer, from, to);
  }

  /// Of each head another slot goes.
  void put_newest(int layer, std::mt19937& random) {
    std::vector<int> slots;
    for (int head = 0; head < kHeads; ++head) {
      slots.push_back(random() % kept[layer].size());
      const auto from = kept[layer].back().begin() + head * 2 * kHeadDim;
      std::copy_n(from, 2 * kHeadDim, kept[layer][slots.back()].begin() + head * 2 * kHeadDim);
    }
    kept[layer].pop_back();
    service.kv_cache.put_newest(layer, slots);
  }

  /// Of each head other slots, more or fewer. A product by such a weight is exact, and a sum of
  /// floats is the same for all.
  void add_to_values(int layer, std::mt19937& random) {
    std::vector<std::vector<RowTerm>> terms(kHeads);
    for (int head = 0; head < kHeads; ++head) {
      terms[head].resize(random() % 4);
      for (RowTerm& term : terms[head]) {
        term.from = static_cast<int>(random() % kept[layer].size());
        term.to = static_cast<int>(random() % kept[layer].size());
        term.weight = static_cast<float>(random() % 3) / 2.0f - 0.5f;
        for (int i = 0; i < kHeadDim; ++i) {
          const int at = (2 * head + 1) * kHeadDim + i;
          kept[layer][term.to][at] += term.weight * kept[layer][term.from][at];
        }
      }
    }
    service.kv_cache.add_to_values(layer, terms);
  }

  void expect_same(int layer) {
    ASSERT_EQ(service.kv_cache.length(layer), static_cast<int>(kept[layer].size()));
    const float* keys = service.kv_cache.keys(layer);
    const float* values = service.kv_cache.values(layer);
    const int capacity = service.kv_cache.capacity(layer);
    for (int head = 0; head < kHeads; ++head) {
      for (size_t slot = 0; slot < kept[layer].size(); ++slot) {
        for (int i = 0; i < kHeadDim; ++i) {
          const size_t at = (static_cast<size_t>(head) * capacity + slot) * kHeadDim + i;
          const float* row = &kept[layer][slot][2 * head * kHeadDim];
          ASSERT_EQ(keys[at], row[i]) << head << " " << slot;
          ASSERT_EQ(values[at], row[kHeadDim + i]) << head << " " << slot;
        }
      }
    }
  }

  size_t least_bytes(int tokens) { return size_t{2} * tokens * kHeads * kHeadDim * sizeof(float); }
};

TEST_F(Contiguous, EqualsAListUnderRandomUse) {
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    const int layer = random() % kLayers;
    const int length = service.kv_cache.length(layer);
    if (random() % 3 > 0 || length == 0) {
      append(layer, 1 + random() % (random() % 10 == 0 ? 100 : 3));
    } else if (random() % 3 == 0) {
      put_newest(layer, random);
    } else if (random() % 3 == 0) {
      add_to_values(layer, random);
    } else {
      const int from = random() % (length + 1);
      erase(layer, from, from + random() % (length - from + 1));
    }
    expect_same(layer);
  }
}

TEST_F(Contiguous, BytesFollowWhatIsKept) {
  append(0, 1000);
  append(1, 1000);
  const int spare = 1000 / 8 + 2 * 64;
  EXPECT_GE(service.kv_cache.bytes(), 2 * least_bytes(1000));
  EXPECT_LE(service.kv_cache.bytes(), 2 * least_bytes(1000 + spare));
  EXPECT_EQ(service.device.live_bytes, service.kv_cache.bytes());
  erase(0, 10, 990);
  EXPECT_LE(service.kv_cache.bytes(), least_bytes(20 + 2 * 64) + least_bytes(1000 + spare));
  EXPECT_EQ(service.device.live_bytes, service.kv_cache.bytes());
  expect_same(0);
  expect_same(1);
}

TEST_F(Contiguous, BytesAreFlatForEveryBudgetOfAStream) {
  for (int budget = 1; budget < 400; budget += budget < 80 ? 1 : 7) {
    service.kv_cache.reset(kLayers, kHeads, kHeadDim);
    kept[0].clear();
    const auto step = [&] {
      append(0, 1);
      if (service.kv_cache.length(0) > budget) erase(0, budget / 8, budget / 8 + 1);
    };
    for (int i = 0; i < budget + 200; ++i) step();
    const size_t bytes = service.kv_cache.bytes();
    EXPECT_LE(bytes, least_bytes(budget + budget / 8 + 2 * 64)) << budget;
    for (int i = 0; i < 300; ++i) {
      step();
      ASSERT_EQ(service.kv_cache.bytes(), bytes) << budget;
    }
    expect_same(0);
  }
}

TEST_F(Contiguous, PositionsOutliveErasing) {
  append(0, 100);
  erase(0, 0, 90);
  EXPECT_EQ(service.kv_cache.length(0), 10);
  EXPECT_EQ(service.kv_cache.next_position(0), 100);
  append(0, 1);
  EXPECT_EQ(service.kv_cache.length(0), 11);
  EXPECT_EQ(service.kv_cache.next_position(0), 101);
  EXPECT_EQ(service.kv_cache.next_position(1), 0);
}

TEST_F(Contiguous, RefusesToEraseWhatItDoesNotKeep) {
  append(0, 5);
  EXPECT_THROW(service.kv_cache.erase(0, -1, 2), std::out_of_range);
  EXPECT_THROW(service.kv_cache.erase(0, 3, 2), std::out_of_range);
  EXPECT_THROW(service.kv_cache.erase(0, 3, 6), std::out_of_range);
  EXPECT_THROW(service.kv_cache.put_newest(0, {0, 1}), std::out_of_range);
  EXPECT_THROW(service.kv_cache.put_newest(0, {0, -1, 2}), std::out_of_range);
  EXPECT_THROW(service.kv_cache.put_newest(0, {0, 1, 5}), std::out_of_range);
  EXPECT_THROW(service.kv_cache.add_to_values(0, {{}, {}}), std::out_of_range);
  EXPECT_THROW(service.kv_cache.add_to_values(0, {{{0, 1, 2.0f}}, {}, {{0, 5, 1.0f}}}),
               std::out_of_range);
  expect_same(0);
}

TEST_F(Contiguous, PutsKeysBackTurnedByTheirNewPosition) {
  // Turning by the difference equals turning by the new position in the first place.
  NaiveLlama naive = random_llama(3, 3, 4, true, true, 12);
  service.loader.source = &naive;
  service.model.load("");
  for (const int way : {0, 1, 2, 3}) {
    naive.interleaved = way % 2 == 0;
    if (way > 1) stretch_waves(naive);
    service.model.load("");
    std::vector<float> raw(5 * kHeads * kHeadDim), turned, moved;
    for (float& value : raw) value = std::sin(++next_value);
    for (int row = 0; row < 5; ++row) {
      const NaiveLlama::Vector token(raw.begin() + row * 12, raw.begin() + (row + 1) * 12);
      for (int head = 0; head < kHeads; ++head) {
        for (const double value : naive.turn(token, head, row)) turned.push_back(value);
        for (const double value : naive.turn(token, head, row + 100000)) moved.push_back(value);
      }
    }
    service.kv_cache.append(0, turned.data(), turned.data(), 5);
    const Buffer<float> copy = service.kv_cache.copy_keys(0, 1, 4);
    service.kv_cache.put_keys_turned(0, 1, 4, copy, 100000);
    const float* keys = service.kv_cache.keys(0);
    for (int slot = 0; slot < 5; ++slot) {
      const std::vector<float>& expected = slot >= 1 && slot < 4 ? moved : turned;
      for (int i = 0; i < 12; ++i) {
        const int head = i / kHeadDim;
        const float key =
            keys[(head * service.kv_cache.capacity(0) + slot) * kHeadDim + i % kHeadDim];
        EXPECT_NEAR(key, expected[slot * 12 + i], 1e-6);
      }
    }
  }
}

TEST_F(Contiguous, TurnsKeysOfEachHeadAsItIsTold) {
  NaiveLlama naive = random_llama(3, 3, 4, true, true, 12);
  service.loader.source = &naive;
  for (const int way : {0, 1, 2, 3}) {
    naive.interleaved = way % 2 == 0;
    if (way > 1) stretch_waves(naive);
    service.model.load("");
    const std::vector<std::vector<int>> by = {{0, 7, -3, 1}, {1000, 0, 2, -900}, {5, 5, 5, 0}};
    NaiveLlama::Vector row(kHeads * kHeadDim);
    std::vector<float> keys;
    for (int i = 0; i < 4 * 12; ++i) keys.push_back(std::sin(++next_value));
    service.kv_cache.append(0, keys.data(), keys.data(), 4);
    service.kv_cache.turn_keys(0, by);
    for (int slot = 0; slot < 4; ++slot) {
      std::copy_n(keys.begin() + slot * 12, 12, row.begin());
      for (int head = 0; head < kHeads; ++head) {
        const NaiveLlama::Vector expected = naive.turn(row, head, by[head][slot]);
        for (int i = 0; i < kHeadDim; ++i) {
          const int at = (head * service.kv_cache.capacity(0) + slot) * kHeadDim + i;
          EXPECT_NEAR(service.kv_cache.keys(0)[at], expected[i], 1e-6);
          EXPECT_EQ(service.kv_cache.values(0)[at], keys[slot * 12 + head * kHeadDim + i]);
        }
      }
    }
  }
}

}  // namespace
