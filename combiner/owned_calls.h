// Crop → what calls to an owned artifact are made of where ranks are processes: at each rank the
// same methods, which send messages; at the owner what runs them.
//
//   struct PrefixDirectoryCalls : Calls {
//     PrefixDirectory owned;  // at its owner; elsewhere it stays as it was configured
//     PrefixDirectoryCalls() : Calls("prefix_directory", 0x5be1f0c2a9d37e64) {}
//     std::optional<int> find(uint64_t key) { return call<std::optional<int>>(0, key); }
//   };
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// The struct that every rank has, and the function that the owner runs.
std::string calls_text(const Registry& registry, const Crop& crop, const Registered& owned);

/// The cases of a switch over the numbers of the methods, which call those of `object`.
std::string dispatch_cases(const Registry& registry, const Crop& crop, const Registered& owned,
                           const std::string& object);

/// What main says so that the owners take calls: `prefix` is in front of an artifact's name, e.g.
/// "decode."; `dispatch` is the text that runs a request.
std::string ownership(const Registered& owned, const std::string& prefix,
                      const std::string& dispatch);

/// Where the cases go in bound text, which is written before they are known.
std::string calls_marker(const Registered& owned);

/// "PrefixDirectory" → "PrefixDirectoryCalls"; an artifact of a template is named for itself.
std::string calls_name(const Registered& owned);

}  // namespace combiner
