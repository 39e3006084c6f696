// Crop → what calls to an owned artifact are made of where ranks are processes: at each rank the
// same methods, which send messages; at the owner what runs them.
//
//   struct PrefixDirectoryCalls : Calls {
//     PrefixDirectory owned;  // at its owner; elsewhere it stays as it was configured
//     PrefixDirectoryCalls() : Calls("prefix_directory", 0x5be1f0c2a9d37e64) {}
//     std::optional<int> find(uint64_t key) { return call<std::optional<int>>(0, key); }
//   };
//
// Where each rank owns the share of its keys, such a struct chooses whom it calls, at every scale
// of several ranks:
//
//   std::optional<int> find(uint64_t key) { return keyed<std::optional<int>>(key, 0, key); }
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// The struct that every rank has, and the function that the owner runs.
std::string calls_text(const Registry& registry, const Crop& crop, const Registered& owned);

/// The structs of all that is owned and called.
std::vector<Piece> call_pieces(const Registry& registry, const Crop& crop, const Plan& plan);

/// What runs a request: "dispatch", or for itself if there are several of a class.
std::string dispatch_name(const Registry& registry, const Registered& owned);

/// The cases of a switch over the numbers of the methods, which call those of `object`.
std::string dispatch_cases(const Registry& registry, const Crop& crop, const Registered& owned,
                           const std::string& object);

/// What main says so that the owner takes calls: `prefix` is in front of an artifact's name, e.g.
/// "decode."; `dispatch` is the text that runs a request. Nothing where all threads have one.
std::string ownership(const Registry& registry, const Registered& owned, const std::string& prefix,
                      const std::string& dispatch);

/// The same of all that is owned, the members of `object`.
std::string owners_text(const Registry& registry, const Crop& crop, const Plan& plan,
                        const std::string& object);

/// Is something handed over to it, in two phases?
bool takes_moves(const Registry& registry, const Crop& crop, const Registered& owned);

/// Bound text that names what the struct needs for calls of `object`, so that it is reached: keys,
/// templates.
std::string stub_uses(const Registry& registry, const Crop& crop, const Registered& owned,
                      const std::string& object);

/// Where the cases and the uses go in bound text, which is written before they are known.
std::string calls_marker(const Registered& owned);
std::string uses_marker(const Registered& owned);

/// "PrefixDirectory" → "PrefixDirectoryCalls"; an artifact of a template is named for itself, and
/// so is one of several of a class.
std::string calls_name(const Registry& registry, const Registered& owned);

}  // namespace combiner
