// Tests of LinearDecouple, derived by `combine test artifacts/compress/linear_decouple.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Peers: kv_cache {capacity, keys, length, replace, values}, model {config}
// Excepted by the author: answer_matters: without a file nothing is asked
// Excepted by the author: field_matters: without a file nothing is compressed
// Excepted by the author: method_matters: without a file nothing is compressed
// Not tested: kv_cache.replace, since the reference kv_cache cannot be asked for it so
// Not tested: weights, since a scenario holds no std::string
#include "artifacts/compress/linear_decouple.h"

#include "testing/compressor.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `kv_cache`: a reference, and what that cannot be asked for.
struct KvCachePeer : FakeKvCache, FakePeer {
  explicit KvCachePeer(Device& device) : FakeKvCache(device), FakePeer("kv_cache") {}
  FAKE_METHOD(replace)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : LinearDecouple {
  Device device;
  struct {
    int rank() const { return 0; }
    int size() const { return 1; }
  } world;
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
    .name = "LinearDecouple",
    .fields = {field_of<Subject>("image_tokens", &Subject::image_tokens, said({0, 4096}))},
    .methods = {method_of<Subject>(
                    "after_reset", [](Subject& self, Given&) { return self.after_reset(); }, {},
                    Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook)},
};

COOP_SMOKE(LinearDecouple)
COOP_PEERS(LinearDecouple)
COOP_LAWS(LinearDecouple, what_is_meant_is_not_refused, same_again, instances_are_apart)
