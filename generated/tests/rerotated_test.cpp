// Tests of Rerotated, derived by `combine test artifacts/compress/rerotated.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: compressor, since it calls kv_cache.keep
// Peers: kv_cache {capacity, keep, keys, length, turn_keys}, model {config}
// Not tested: kv_cache.turn_keys, since the reference kv_cache cannot be asked for it so
// Not tested: drop_one, since of its parameter : nothing is known of const
// std::vector<std::vector<int> > &
// Not tested: keep, since of its parameter slots: nothing is known of const
// std::vector<std::vector<int> > &
#include "artifacts/compress/rerotated.h"

#include "testing/compressor.h"
#include "testing/contracts.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `kv_cache`: a reference, and what that cannot be asked for.
struct KvCachePeer : FakeKvCache, FakePeer {
  explicit KvCachePeer(Device& device) : FakeKvCache(device), FakePeer("kv_cache") {}
  FAKE_METHOD(turn_keys)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Rerotated<> {
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
    .name = "Rerotated",
    .fields = {field_of<Subject>("budget", &Subject::budget, said({1, 4096})),
               field_of<Subject>("window", &Subject::window, said({1, 256})),
               field_of<Subject>("neighbours", &Subject::neighbours, said({0, 8}))},
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
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "compress",
                    [](Subject& self, Given& given) { return self.compress(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers),
                method_of<Subject>("layer_budget",
                                   [](Subject& self, Given& given) {
                                     return self.layer_budget(given.number<int>(0));
                                   },
                                   {{"_0", {0, 64}}}),
                method_of<Subject>(
                    "scores",
                    [](Subject& self, Given& given) { return self.scores(given.number<int>(0)); },
                    {{"layer", {0, 2}}}, Role::kReachesPeers)},
};

COOP_SMOKE(Rerotated)
COOP_PEERS(Rerotated)
COOP_CONTRACTS(Rerotated)
COOP_FIELD_MATTERS(Rerotated, budget)
COOP_FIELD_MATTERS(Rerotated, window)
COOP_FIELD_MATTERS(Rerotated, neighbours)
COOP_METHOD_MATTERS(Rerotated, after_attend)
COOP_PARAMETER_MATTERS(Rerotated, after_attend, 1, queries)
COOP_METHOD_MATTERS(Rerotated, after_prefill)
COOP_METHOD_MATTERS(Rerotated, compress)
COOP_PARAMETER_MATTERS(Rerotated, compress, 0, layer)
COOP_METHOD_MATTERS(Rerotated, layer_budget)
COOP_METHOD_MATTERS(Rerotated, scores)
COOP_PARAMETER_MATTERS(Rerotated, scores, 0, layer)
COOP_ANSWER_MATTERS(Rerotated, kv_cache, keys)
COOP_ANSWER_MATTERS(Rerotated, kv_cache, length)
COOP_LAWS(Rerotated, what_is_meant_is_not_refused, same_again, instances_are_apart)
