// Scores equal those of kvpress, on a layer that it has scored (tests/fixtures).
#include <functional>

#include "artifacts/attention/narrow.h"
#include "artifacts/attention/ragged.h"
#include "artifacts/cache/narrow.h"
#include "artifacts/cache/ragged.h"
#include "artifacts/compress/ada_kv.h"
#include "artifacts/compress/expected_attention.h"
#include "artifacts/compress/h2o.h"
#include "artifacts/compress/key_diff.h"
#include "artifacts/compress/knorm.h"
#include "artifacts/compress/pyramid_kv.h"
#include "artifacts/compress/snap_kv.h"
#include "artifacts/compress/thin_k.h"
#include "artifacts/compress/tova.h"
#include "artifacts/load/json.h"
#include "tests/artifacts/fixture.h"

namespace {

constexpr int kHeads = 4, kKvHeads = 2, kHeadDim = 8;

const Json& fixture() {
  static const Json json =
      read_json(std::string(COOP_SOURCE_DIR) + "/tests/fixtures/compressor_scores.json");
  return json;
}

int whole(const std::string& name) { return static_cast<int>(fixture()[name].number); }

std::vector<float> floats(const std::string& name) {
  std::vector<float> out;
  for (const Json& item : fixture()[name].items) out.push_back(static_cast<float>(item.number));
  return out;
}

/// The fixture's tokens in layer 0 of a bound service, `chunk` at a time.
template <class Compressor, class KvCache = ContiguousKv, class Attention = FullAttention>
struct Scored {
  explicit Scored(
      const std::function<void(Compressor&)>& configure = [](Compressor&) {}, int chunk = 7) {
    naive.theta = 10000.0f;
    service.loader.source = &naive;
    configure(service.compressor);
    service.model.load("");
    const std::vector<float> queries = floats("queries"), turned = floats("turned_queries");
    const std::vector<float> keys = floats("keys"), values = floats("values");
    const int size = kHeads * kHeadDim, kv_size = kKvHeads * kHeadDim;
    for (int first = 0; first < tokens; first += chunk) {
      const int count = std::min(chunk, tokens - first);
      Buffer<float> before(service.device, count * size), after(service.device, count * size);
      before.upload(queries.data() + first * size, count * size);
      after.upload(turned.data() + first * size, count * size);
      service.hooks.before_rope(0, before, count);
      service.kv_cache.append(0, keys.data() + first * kv_size, values.data() + first * kv_size,
                              count);
      Buffer<float> mixed(service.device, after.size());
      service.attention.forward(0, mixed.data(), after.data(), count);
      service.hooks.after_attend(0, after, count);
    }
  }

  const int tokens = whole("tokens");
  NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim, false);
  HandBound<Fixture<NaiveLoader, Compressor, KvCache, Attention>> service;
};

/// `scale` makes our scores kvpress's, which are means where ours are sums.
void expect_scores(
    const std::string& name, const std::vector<float>& scores,
    const std::function<double(int slot)>& scale = [](int) { return 1.0; }) {
  const int tokens = whole("tokens"), rows = static_cast<int>(scores.size()) / tokens;
  ASSERT_EQ(fixture()[name].items.size(), 2u);
  for (int head = 0; head < kKvHeads; ++head) {
    for (int slot = 0; slot < tokens; ++slot) {
      const Json& expected = fixture()[name].items[head].items[slot];
      const float score = scores[(rows == 1 ? 0 : head) * tokens + slot];
      if (expected.kind == Json::Kind::kNull) {
        EXPECT_EQ(score, INFINITY) << "head " << head << ", slot " << slot << " is forced";
      } else {
        const double bound = std::min(1e-5, 1e-7 + 1e-4 * std::abs(expected.number));
        EXPECT_NEAR(score * scale(slot), expected.number, bound)
            << "head " << head << ", slot " << slot;
      }
    }
  }
}

TEST(AsKvpress, Knorm) {
  Scored<Knorm> scored;
  expect_scores("knorm", scored.service.compressor.scores(0));
}

TEST(AsKvpress, KeyDiff) {
  Scored<KeyDiff> scored;
  expect_scores("key_diff", scored.service.compressor.scores(0));
}

TEST(AsKvpress, SnapKv) {
  for (const int chunk : {1, 7, 64}) {  // the window's queries come in several pieces, or in one
    Scored<SnapKv> scored(
        [](SnapKv& compressor) {
          compressor.window = whole("window");
          compressor.neighbours = whole("neighbours");
        },
        chunk);
    expect_scores("snap_kv", scored.service.compressor.scores(0));
  }
}

TEST(AsKvpress, Tova) {
  Scored<Tova> scored;
  expect_scores("tova", scored.service.compressor.scores(0), [](int) { return 1.0 / kHeads; });
}

TEST(AsKvpress, H2oIsTheirObservedAttentionButForTheMean) {
  Scored<H2o> scored([](H2o& compressor) { compressor.recent = 1; });
  expect_scores("observed_attention", scored.service.compressor.scores(0),
                [&](int slot) { return 1.0 / (kHeads / kKvHeads) / (scored.tokens - slot); });
}

TEST(AsKvpress, ExpectedAttention) {
  for (const int chunk : {1, 3, 64}) {
    Scored<ExpectedAttention> scored(
        [](ExpectedAttention& compressor) {
          compressor.future = whole("future");
          compressor.sinks = whole("sinks");
        },
        chunk);
    expect_scores("expected_attention", scored.service.compressor.scores(0));
    stretch_waves(scored.naive);
    scored.service.model.config.rope_scaling = scaling_of(scored.naive);
    expect_scores("expected_attention_scaled", scored.service.compressor.scores(0));
  }
}

TEST(AsKvpress, BudgetsOfPyramidKv) {
  ASSERT_EQ(fixture()["pyramid_kv"].items.size(), 5u);
  for (const Json& shape : fixture()["pyramid_kv"].items) {
    NaiveLlama naive = random_llama();
    naive.layers = static_cast<int>(shape["kept"].items.size());
    naive.randomize(7);
    HandBound<Fixture<NaiveLoader, PyramidKv>> service;
    service.loader.source = &naive;
    service.compressor.budget = static_cast<int>(shape["budget"].number);
    service.compressor.window = static_cast<int>(shape["window"].number);
    service.compressor.beta = static_cast<int>(shape["beta"].number);
    service.model.load("");
    const int tokens = static_cast<int>(shape["tokens"].number);
    const std::vector<float> rows(tokens * 2 * 8);
    for (int layer = 0; layer < naive.layers; ++layer) {
      service.kv_cache.append(layer, rows.data(), rows.data(), tokens);
      EXPECT_EQ(service.compressor.layer_budget(layer), shape["kept"].items[layer].number)
          << tokens << " tokens, layer " << layer;
    }
  }
}

/// Which channels stay of each head; theirs are means where ours are sums.
TEST(AsKvpress, ThinKKeepsTheSameChannels) {
  ASSERT_EQ(fixture()["think"].items.size(), 4u);
  for (const Json& shape : fixture()["think"].items) {
    for (const int chunk : {1, 7, 64}) {
      Scored<ThinK, NarrowKv, NarrowAttention> scored(
          [&](ThinK& compressor) {
            compressor.ratio = static_cast<float>(shape["ratio"].number);
            compressor.window = whole("window");
          },
          chunk);
      const std::vector<float> scores = scored.service.compressor.scores(0);
      const float terms = static_cast<float>(whole("window") * kHeads / kKvHeads * scored.tokens);
      scored.service.model.config.layers = 1;
      scored.service.compressor.after_prefill();
      const NarrowRows rows = scored.service.kv_cache.narrow_rows(0);
      EXPECT_EQ(rows.narrow, scored.tokens - whole("window"));
      for (int head = 0; head < kKvHeads; ++head) {
        for (int i = 0; i < kHeadDim; ++i) {
          EXPECT_NEAR(scores[head * kHeadDim + i] / terms,
                      shape["scores"].items[head].items[i].number, 1e-5)
              << "head " << head << ", channel " << i;
        }
        std::vector<int> expected;
        for (const Json& channel : shape["kept"].items[head].items) {
          expected.push_back(static_cast<int>(channel.number));
        }
        const int* kept = rows.kept + head * rows.channels;
        EXPECT_EQ(std::vector<int>(kept, kept + rows.channels), expected) << "head " << head;
      }
    }
  }
}

/// Which slots stay of each head, told by values that say their number.
TEST(AsKvpress, AdaKvKeepsTheSameSlots) {
  ASSERT_EQ(fixture()["ada_kv"].items.size(), 6u);
  const int tokens = whole("tokens");
  std::vector<float> keys = floats("keys"), numbers(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const bool is_sharp = i / kHeadDim % kKvHeads == 1;
    if (is_sharp) keys[i] *= static_cast<float>(whole("sharpness"));
    numbers[i] = static_cast<float>(i / kHeadDim / kKvHeads);
  }
  for (const Json& shape : fixture()["ada_kv"].items) {
    const NaiveLlama naive = random_llama(kHeads, kKvHeads, kHeadDim, false);
    HandBound<Fixture<NaiveLoader, AdaKv, RaggedKv, RaggedAttention>> service;
    service.loader.source = &naive;
    service.compressor.budget = static_cast<int>(shape["budget"].number);
    service.compressor.alpha = static_cast<float>(shape["alpha"].number);
    service.compressor.window = whole("window");
    service.compressor.neighbours = whole("neighbours");
    service.model.load("");
    const std::vector<float> queries = floats("turned_queries");
    Buffer<float> after(service.device, queries.size());
    after.upload(queries.data(), queries.size());
    service.kv_cache.append(0, keys.data(), numbers.data(), tokens);
    service.hooks.after_attend(0, after, tokens);
    service.compressor.compress(0);
    const float* value = service.kv_cache.values(0);
    for (int head = 0; head < kKvHeads; ++head) {
      std::vector<int> kept, expected;
      for (int slot = 0; slot < service.kv_cache.head_length(0, head); ++slot) {
        kept.push_back(static_cast<int>(value[slot * kHeadDim]));
      }
      value += (kept.size() + service.kv_cache.room(0)) * kHeadDim;
      for (const Json& slot : shape["kept"].items[head].items) {
        expected.push_back(static_cast<int>(slot.number));
      }
      EXPECT_EQ(kept, expected) << service.compressor.budget << " tokens, head " << head;
    }
  }
}

}  // namespace
