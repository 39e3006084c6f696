// A built test → the file of outcomes that its author accepts: `combine test --accept`.
#pragma once

#include <string>

namespace combiner {

/// Writes `path`; returns what went wrong, in lines.
std::string accept_outcomes(const std::string& program, const std::string& path);

}  // namespace combiner
