// Registry, Program → Diagnostics: a method with the rule `sum` returns this rank's part. What
// every rank holds whole, and the method adds to what it returns, would be there once for each
// rank.
#pragma once

#include "combiner/program.h"

namespace combiner {

Result<bool> check_partial(const Registry& registry, const Program& program);

}  // namespace combiner
