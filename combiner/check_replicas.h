// Registry × Crop → errors where a replica reaches what ranks do together.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// Each replica works on something else, so that the others never come to a collective, nor follow
/// it where an artifact knows its rank. What is owned it may call: that takes one caller at a time.
Result<bool> check_replicas(const Registry& registry, const Crop& crop);

}  // namespace combiner
