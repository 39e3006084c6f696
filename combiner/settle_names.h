// Plan → Plan: authors' names stay; only a function whose name is taken is renamed.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// Before:  `a.b_c` and `a_b.c` would both be a_b_c
/// After:   a_b_c and a_b_c2
Plan settle_names(const Registry& registry, const Crop& crop, Plan plan);

}  // namespace combiner
