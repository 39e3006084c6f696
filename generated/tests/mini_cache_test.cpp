// Tests of MiniCache, derived by `combine test artifacts/compress/mini_cache.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Peers: kv_cache {capacity, keys, length, merge, merged, values}, model {config}
// Not tested: kv_cache.merge, since the reference kv_cache cannot be asked for it so
// Not tested: kv_cache.merged, since the reference kv_cache cannot be asked for it so
#include "artifacts/compress/mini_cache.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `kv_cache`: a reference, and what that cannot be asked for.
struct KvCachePeer : FakeKvCache, FakePeer {
  explicit KvCachePeer(Device& device) : FakeKvCache(device), FakePeer("kv_cache") {}
  FAKE_METHOD(merge)
  FAKE_ANSWER(int, merged)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : MiniCache {
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
    .name = "MiniCache",
    .fields = {field_of<Subject>("depth", &Subject::depth, said(reals(0.0, 1.0))),
               field_of<Subject>("toward", &Subject::toward, said(reals(0.0, 1.0))),
               field_of<Subject>("retention", &Subject::retention, said(reals(0.0, 1.0)))},
    .methods = {method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook)},
};

COOP_SMOKE(MiniCache)
COOP_PEERS(MiniCache)
COOP_CONTRACTS(MiniCache)
COOP_FIELD_MATTERS(MiniCache, depth)
COOP_FIELD_MATTERS(MiniCache, toward)
COOP_FIELD_MATTERS(MiniCache, retention)
COOP_METHOD_MATTERS(MiniCache, after_prefill)
COOP_ANSWER_MATTERS(MiniCache, kv_cache, keys)
COOP_ANSWER_MATTERS(MiniCache, kv_cache, length)
COOP_ANSWER_MATTERS(MiniCache, kv_cache, merged)
COOP_ANSWER_MATTERS(MiniCache, kv_cache, values)
COOP_LAWS(MiniCache, what_is_meant_is_not_refused, same_again, instances_are_apart)

TEST(MiniCache_example, line_24) {
  Example(kDescription, {{"depth", -0.5}}).call("after_reset").refuses();
}

TEST(MiniCache_example, line_25) {
  Example(kDescription, {{"toward", 1.5}}).call("after_reset").refuses();
}

TEST(MiniCache_example, line_26) {
  Example(kDescription, {{"retention", 1.5}}).call("after_reset").refuses();
}
