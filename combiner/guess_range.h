// A field or parameter → the values that a test gives it: those that the author means, or a guess.
#pragma once

#include "combiner/artifact_facts.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {

/// The number that is spelled so: 1020, 0.9f, 1'000, 64u.
std::optional<double> number_in(llvm::StringRef text);

/// As a test writes it, e.g. `{1, 4096}`, `reals(0, 1)`; empty when its type has no values that a
/// test can make. `said` comes first; a guess is careful, since a value that nobody means makes a
/// correct artifact fail.
std::string guess_range(const ValueType& type, const std::string& initial,
                        const std::optional<RangeAnnotation>& said);

}  // namespace combiner
