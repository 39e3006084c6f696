// Crop → includes, of four kinds: local is inlined, third-party is kept, used is kept, unused is
// dropped.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// Third-party headers that the emitted text uses, each with who needs it, and what they read.
Result<Imports> merge_imports(const BoundSource& bound, const Program& program, const Crop& crop);

}  // namespace combiner
