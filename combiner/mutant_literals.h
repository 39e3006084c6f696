// A number as it is spelled → the numbers that stand beside it, and zero, spelled alike.
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

namespace combiner {

/// "4" → 5, 3, 0; "0u" → 1u, for there is no -1. Nothing for what it cannot read.
std::vector<std::string> integers_beside(llvm::StringRef spelled);

/// "0.9f" → 1.9f, -0.1f, 0.0f.
std::vector<std::string> reals_beside(llvm::StringRef spelled);

}  // namespace combiner
