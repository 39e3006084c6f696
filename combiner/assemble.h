// Pieces, includes → Unit: the order in which the emitted file is read.
#pragma once

#include "combiner/values.h"

namespace combiner {

/// State before verbs, callees before callers, a file's functions side by side, main last. A
/// function whose caller must stand above it is declared early.
Unit assemble(const Registry& registry, Imports imports, std::vector<Piece> pieces);

}  // namespace combiner
