// Calls to an artifact of which each process owns the share of its keys: one connection to each.
//
//   directory.find(tokens)   → keyed<int>(owned.beginning(tokens), 0, tokens) → the rank that has
//   it
#pragma once

#include <deque>

#include "../keys.h"
#include "network.h"

/// What each process has of an artifact of which each owns a share. What is generated derives from
/// it, and has the artifact's methods, a line each; so here are few names.
struct KeyedCalls {
  KeyedCalls(const char* artifact, uint64_t program) : artifact(artifact), program(program) {}

  /// The share that has the key.
  template <class Key>
  Calls& owner_of(Key key) {
    return by_rank[rank_of_key(key, static_cast<int>(by_rank.size()))];
  }
  /// Calls it.
  template <class R, class Key, class... A>
  R keyed(Key key, const Method& method, const A&... arguments) {
    return owner_of(key).template call<R>(method, arguments...);
  }
  /// Calls the share of this process.
  template <class R, class... A>
  R call(const Method& method, const A&... arguments) {
    return by_rank[own].template call<R>(method, arguments...);
  }

  const char* artifact;
  uint64_t program;
  std::deque<Calls> by_rank;
  int own = 0;  // the rank of this process
};

/// The leader calls, and all ranks get its result.
template <class World, class F>
auto once(World& world, KeyedCalls&, F call) {
  return once(world, call);
}

/// Every rank calls, and gets its own result.
template <class World, class F>
auto each(World&, KeyedCalls&, F call) {
  return call();
}

/// The leader calls and nobody waits, so there is no result, and only the owner tells of a failure.
template <class World, class F>
void cast(World& world, KeyedCalls& calls, F call, size_t first = 0) {
  if (world.rank() != 0) return;
  if (first == calls.by_rank.size()) return static_cast<void>(call());
  cast(world, calls.by_rank[first], [&] { cast(world, calls, call, first + 1); });
}

/// One share at each rank, from the start of the calls to their end.
class KeyedOwnership {
 public:
  KeyedOwnership(World& world, const Network& network, KeyedCalls& calls,
                 const Owner::Dispatch& dispatch) {
    calls.own = world.rank();
    for (int rank = 0; rank < world.size(); ++rank) {
      Calls& one = calls.by_rank.emplace_back(calls.artifact, calls.program);
      one.connection.context = calls.by_rank[0].connection.context;  // one thread for all sockets
      shares_.emplace_back(world, network, one, dispatch, rank);
    }
  }

 private:
  std::deque<Ownership> shares_;
};
