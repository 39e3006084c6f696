// What all ranks have in common where they are threads: one instance, and a lock around each call.
//
//   once(world, directory, [&] { return directory.find(key); })   rank 0 calls, all get the answer
//   each(world, directory, [&] { directory.put(key, rank); })     every rank calls, one at a time
//   cast(world, directory, [&] { directory.touch(key); })         rank 0 calls, nobody waits for it
#pragma once

#include <mutex>

#include "exchange.h"  // included by the world.h of each device

/// A `T` for all ranks.
template <class T>
struct Owned : T {
  std::mutex mutex;
};

/// Rank 0 calls. All ranks get its result, or what it throws.
template <class T, class F>
auto once(Rank& world, Owned<T>& owned, F call) {
  return once(world, [&] {
    const std::lock_guard lock(owned.mutex);
    return call();
  });
}

/// Every rank calls, and gets its own result.
template <class T, class F>
auto each(Rank&, Owned<T>& owned, F call) {
  const std::lock_guard lock(owned.mutex);
  return call();
}

/// Rank 0 calls, and the others go on. What the call returns is lost; what it throws ends the
/// program.
template <class T, class F>
void cast(Rank& world, Owned<T>& owned, F call) {
  if (world.rank() != 0) return;
  const std::lock_guard lock(owned.mutex);
  call();
}
