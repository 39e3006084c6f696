// What is divided among ranks by keys, where they are threads: each owns the share of its keys,
// with a lock around each call.
//
//   once(world, directory, [&] { return directory.find(tokens); })   the share that has the key
//   all_reduce_sum(world, directory.size())                          of all shares
#pragma once

#include <mutex>

#include "../keys.h"
#include "exchange.h"  // included by the world.h of each device

/// What can be called by once, each and cast.
struct OfShares {};

/// What a rank has of a `T` of which each has a share. What is generated derives from it, and has
/// the methods that are called, a line each; so here are few names.
template <class T>
struct Shares : OfShares {
  /// Once all have read what the command line says of theirs.
  void meet(Rank& world) { by_rank = all_gather(world, std::vector<Shares*>{this}); }

  /// Runs `run` on the share of this rank.
  template <class F>
  auto call(F run) {
    const std::lock_guard lock(mutex);
    return run(owned);
  }
  /// Runs `run` on the share that has the key.
  template <class Key, class F>
  auto keyed(Key key, F run) {
    return by_rank[rank_of_key(key, static_cast<int>(by_rank.size()))]->call(run);
  }

  T owned;  // this rank's share
  std::mutex mutex;
  std::vector<Shares*> by_rank;
};

/// Rank 0 calls. All ranks get its result, or what it throws.
template <class F>
auto once(Rank& world, OfShares&, F call) {
  return once(world, call);
}

/// Every rank calls, and gets its own result.
template <class F>
auto each(Rank&, OfShares&, F call) {
  return call();
}

/// Rank 0 calls, and the others go on. What the call returns is lost; what it throws ends the
/// program.
template <class F>
void cast(Rank& world, OfShares&, F call) {
  if (world.rank() == 0) call();
}
