// Tests of ThinK, derived by `combine test artifacts/compress/thin_k.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep_channels
// Peers: kv_cache {capacity, keep_channels, keys, length, narrow}, model {config}
// Not tested: kv_cache.keep_channels, since the reference kv_cache cannot be asked for it so
// Not tested: kv_cache.narrow, since the reference kv_cache cannot be asked for it so; it has
// narrow_rows
#include "artifacts/compress/thin_k.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"
#include "testing/refusals.h"

using namespace coop::testing;

/// What stands for `kv_cache`: a reference, and what that cannot be asked for.
struct KvCachePeer : FakeKvCache, FakePeer {
  explicit KvCachePeer(Device& device) : FakeKvCache(device), FakePeer("kv_cache") {}
  FAKE_METHOD(keep_channels)
  FAKE_ANSWER(int, narrow)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : ThinK {
  Device device;
  KvCachePeer kv_cache{device};
  FakeModel model;

  void look_at_peers(std::vector<std::string>& seen) const {
    kv_cache.FakeKvCache::look(seen);
    kv_cache.FakePeer::look(seen);
    model.look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "ThinK",
    .fields = {field_of<Subject>("ratio", &Subject::ratio, said(reals(0.0, 0.99))),
               field_of<Subject>("window", &Subject::window, said({1, 256}))},
    .methods = {method_of<Subject>(
                    "after_attend",
                    [](Subject& self, Given& given) {
                      return self.after_attend(given.number<int>(0), given.buffer(1, self.device),
                                               queries_in(given.size(1)));
                    },
                    {{"layer", {0, 2}},
                     {"queries", {-8, 8}, Parameter::kQueries},
                     {"count", {0, 64}, Parameter::kCount}},
                    Role::kHook),
                method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "scores",
                    [](Subject& self, Given& given) { return self.scores(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers)},
};

COOP_SMOKE(ThinK)
COOP_PEERS(ThinK)
COOP_FIELD_MATTERS(ThinK, ratio)
COOP_FIELD_MATTERS(ThinK, window)
COOP_METHOD_MATTERS(ThinK, after_attend)
COOP_PARAMETER_MATTERS(ThinK, after_attend, 1, queries)
COOP_METHOD_MATTERS(ThinK, after_prefill)
COOP_METHOD_MATTERS(ThinK, scores)
COOP_PARAMETER_MATTERS(ThinK, scores, 0, layer)
COOP_ANSWER_MATTERS(ThinK, kv_cache, keys)
COOP_ANSWER_MATTERS(ThinK, kv_cache, length)
COOP_ANSWER_MATTERS(ThinK, kv_cache, narrow)
COOP_REFUSES_SETTING(ThinK, after_reset, ratio, below, -0.0009765625)
COOP_REFUSES_SETTING(ThinK, after_reset, ratio, above, 1001)
COOP_LAWS(ThinK, what_is_meant_is_not_refused, same_again, instances_are_apart)

TEST(ThinK_example, line_24) {
  Example(kDescription, {{"ratio", 1}}).call("after_reset").refuses();
}

TEST(ThinK_example, line_25) {
  Example(kDescription, {{"ratio", -0.5}}).call("after_reset").refuses();
}

TEST(ThinK_example, line_26) {
  Example(kDescription, {{"window", 0}}).call("after_reset").refuses();
}

TEST(ThinK_example, line_61) { Example(kDescription).call("scores", 0).returns("0 0 0 0 0 0 0 0"); }
