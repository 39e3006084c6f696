// Registry, Program → Diagnostics: all ranks meet in a collective, so what decides
// whether one is called must be the same on all of them. What differs (the rank's number, a clock,
// its part of what is sharded) may decide once a rule has made one value of it.
#pragma once

#include "combiner/program.h"

namespace combiner {

Result<bool> check_uniform(const Registry& registry, const Program& program);

}  // namespace combiner
