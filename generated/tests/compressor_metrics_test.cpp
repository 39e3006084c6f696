// Tests of CompressorMetrics, derived by `combine test artifacts/serve/compressor_metrics.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Peers: compressor_start {elapsed}, kv_cache {length, next_position}, model {config}
// Not tested: before_rope, since of its parameter : nothing is known of const Buffer<float> &
// Not tested: after_attend, since of its parameter : nothing is known of const Buffer<float> &
#include "artifacts/serve/compressor_metrics.h"

#include "testing/compressor.h"
#include "testing/example.h"
#include "testing/fake_peer.h"

using namespace coop::testing;

/// What stands for `compressor_start`: it notes what it is asked, and answers something.
struct CompressorStartPeer : FakePeer {
  CompressorStartPeer() : FakePeer("compressor_start") {}
  FAKE_ANSWER(double, elapsed)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : CompressorMetrics {
  Device device;
  CompressorStartPeer compressor_start;
  FakeKvCache kv_cache{device};
  FakeModel model;

  void look_at_peers(std::vector<std::string>& seen) const {
    compressor_start.FakePeer::look(seen);
    kv_cache.look(seen);
    model.look(seen);
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "CompressorMetrics",
    .methods = {method_of<Subject>(
                    "after_append",
                    [](Subject& self, Given& given) {
                      return self.after_append(given.number<int>(0));
                    },
                    {{"layer", {0, 2}}}, Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>("seconds", [](Subject& self, Given&) { return self.seconds(); }),
                method_of<Subject>(
                    "length", [](Subject& self, Given&) { return self.length(); }, {},
                    Role::kReachesPeers),
                method_of<Subject>(
                    "kept_share", [](Subject& self, Given&) { return self.kept_share(); }, {},
                    Role::kReachesPeers)},
};

COOP_SMOKE(CompressorMetrics)
COOP_PEERS(CompressorMetrics)
COOP_METHOD_MATTERS(CompressorMetrics, after_append)
COOP_METHOD_MATTERS(CompressorMetrics, after_prefill)
COOP_METHOD_MATTERS(CompressorMetrics, seconds)
COOP_METHOD_MATTERS(CompressorMetrics, length)
COOP_METHOD_MATTERS(CompressorMetrics, kept_share)
COOP_ANSWER_MATTERS(CompressorMetrics, compressor_start, elapsed)
COOP_ANSWER_MATTERS(CompressorMetrics, kv_cache, length)
COOP_ANSWER_MATTERS(CompressorMetrics, kv_cache, next_position)
COOP_LAWS(CompressorMetrics, same_again, instances_are_apart)

TEST(CompressorMetrics_example, line_10) { Example(kDescription).call("seconds").returns("0"); }

TEST(CompressorMetrics_example, line_11) {
  Example(kDescription).rows({3}).call("length").returns("3");
}

TEST(CompressorMetrics_example, line_12) {
  Example(kDescription).rows({3, 1}).call("kept_share").returns("1");
}
