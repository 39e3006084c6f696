// What the author of an artifact includes. It parses alone, in any editor and with no other flag
// than -std=c++23; `combine` finds it by itself.
#pragma once

// Which scale and which device is being emitted, for code that needs the preprocessor. `combine`
// defines all five, as 0 or 1; a file that is opened alone is seen as single-gpu on the CPU.
#ifndef COOP_SINGLE_GPU
#define COOP_SINGLE_GPU 1
#define COOP_NODE 0
#define COOP_CLUSTER 0
#endif
#ifndef COOP_CUDA
#define COOP_CUDA 0
#define COOP_CPU 1
#endif

namespace coop {

/// The base that says "this struct is an artifact": a unit that is written alone, as if every
/// resource of the system were local, and bound to its siblings by `combine`.
///
/// A method takes `this auto& self` and reaches through `self`:
///   self.window               its own members
///   self.kv_cache.length(l)   a peer: whatever the service registers under the name kv_cache
///   self.hooks.after_append(l) every registered artifact that defines after_append, in order of
///                             registration; with none, the call leaves no trace
///   self.world                rank() and size() of the scale: constants 0 and 1 on a single GPU
///   self.device               where buffers live and kernels run (kernels/<device>/device.h)
/// A peer may be optional: `if constexpr (requires { self.prefix_cache; })`.
///
/// Public data members with an initializer are configuration: the emitted program takes them as
/// flags (`--compressor.window=508`). What changes while the program runs is private.
struct Artifact {};

}  // namespace coop
