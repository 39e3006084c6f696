// Registry, Crop → Diagnostics: rules on types of which they make no whole.
#pragma once

#include "combiner/crop.h"

namespace combiner {

void check_returned(const Registry& registry, const Crop& crop, Diagnostics& diagnostics);

}  // namespace combiner
