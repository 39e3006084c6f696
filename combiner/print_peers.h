// Peers that an artifact reaches → how a test stands in for them.
#pragma once

#include "combiner/testing_library.h"

namespace combiner {

/// What stands for one peer.
struct StandIn {
  const PeerFacts* peer = nullptr;
  const ReferencePeer* reference = nullptr;  // null: nothing is known but what it is asked
  std::vector<const PeerMember*> unknown;    // what the reference, if any, cannot be asked for
  std::string class_name;                    // e.g. FakeKvCache, or PoolPeer, declared by the test

  bool is_declared() const { return !reference || !unknown.empty(); }
};

/// For each peer, and for the hooks that the artifact calls.
std::vector<StandIn> stand_ins(const ArtifactFacts& facts, const PeerFacts& hooks,
                               const TestingLibrary& library);

/// The hooks that an artifact calls, as if they were a peer's methods.
PeerFacts hooks_as_peer(const ArtifactFacts& facts);

/// The class of a stand-in that no header has; empty when one has it.
std::string print_class(const StandIn& stand_in);

/// Its declaration as a member of the subject.
std::string print_member(const StandIn& stand_in);

/// The statement that adds what can be seen of it to `seen`.
std::string print_look(const StandIn& stand_in);

}  // namespace combiner
