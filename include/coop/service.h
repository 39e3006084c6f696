// What the author of a service includes.
#pragma once

#include <coop/artifact.h>

namespace coop {

/// The base of a service. A data member whose type derives from `coop::Artifact` is registered
/// under the member's name; other members are the service's plain state.
///
/// The entry is `int run(this auto& self, ...)`: its parameters after `self` become the command
/// line of the emitted program (`--prompt TEXT`); defaults come from default arguments, help from
/// the `///` comments. With `(int argc, char** argv)` it gets the raw command line instead.
struct Service {};

/// Axes along which an artifact can be split.
struct Heads {};
struct Keys {};

// Placement is the service author's word, on the registered member; without one an artifact is
// replicated. To the C++ type system a placed artifact is the artifact itself.

/// One shard on each rank, split along `Axis`. Along `Keys`, each rank owns the share of its keys,
/// which the others call.
template <class T, class Axis>
using Sharded = T;

/// One instance, on one rank, called from the others.
template <class T>
using Owned = T;

/// Whole copies behind a router.
template <class T>
using Replicas = T;

}  // namespace coop
