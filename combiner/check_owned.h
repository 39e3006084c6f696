// Registry, Crop → Diagnostics: what is owned is one for all ranks, and answers one call after the
// other. So it must not wait for itself, and not for what is in parts elsewhere.
#pragma once

#include "combiner/crop.h"

namespace combiner {

Result<bool> check_owned(const Registry& registry, const Crop& crop);

}  // namespace combiner
