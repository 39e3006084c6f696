// Tests of PrefixCache, derived by `combine test artifacts/serve/prefix_cache.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Peers: kv_cache {block, hold, restart, take_known}
#include "artifacts/serve/prefix_cache.h"

#include "testing/fake_peer.h"
#include "testing/universal.h"

using namespace coop::testing;

/// What stands for `kv_cache`: it notes what it is asked, and answers something.
struct KvCachePeer : FakePeer {
  KvCachePeer() : FakePeer("kv_cache") {}
  int block = 2;
  FAKE_METHOD(hold)
  FAKE_METHOD(restart)
  FAKE_ANSWER(int, take_known)
};

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : PrefixCache {
  KvCachePeer kv_cache;

  void look_at_peers(std::vector<std::string>& seen) const {
    kv_cache.FakePeer::look(seen);
    seen.push_back("kv_cache.block = " + coop::testing::seen(kv_cache.block));
  }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "PrefixCache",
    .fields = {field_of<Subject>("held_tokens", &Subject::held_tokens, said({0, 1000000}))},
    .methods = {method_of<Subject>(
                    "begin",
                    [](Subject& self, Given& given) { return self.begin(given.many<int>(0)); },
                    {{"tokens", {0, 15}, Parameter::kArray}}, Role::kReachesPeers),
                method_of<Subject>(
                    "hashes",
                    [](Subject& self, Given&) -> decltype(auto) { return self.hashes(); })},
};

COOP_SMOKE(PrefixCache)
COOP_PEERS(PrefixCache)
COOP_FIELD_MATTERS(PrefixCache, held_tokens)
COOP_METHOD_MATTERS(PrefixCache, begin)
COOP_PARAMETER_MATTERS(PrefixCache, begin, 0, tokens)
COOP_METHOD_MATTERS(PrefixCache, hashes)
COOP_ANSWER_MATTERS(PrefixCache, kv_cache, take_known)
COOP_LAWS(PrefixCache, what_is_meant_is_not_refused, same_again, instances_are_apart)
