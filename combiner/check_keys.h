// Registry × Program × Crop → Diagnostics: of what each rank has the share of its keys, every call
// from elsewhere says which share answers, and all ranks find the same key for it.
#pragma once

#include "combiner/crop.h"

namespace combiner {

void check_keys(const Registry& registry, const BoundSource& bound, const Program& program,
                const Crop& crop, Diagnostics& diagnostics);

}  // namespace combiner
