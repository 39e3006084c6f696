// Pass → names on `self`, and on peers, that nothing answers. Found in the author's text before
// Clang's own recovery: Clang stops at the first in an expression, and suggests nothing.
#pragma once

#include "combiner/program.h"

namespace combiner {

Diagnostics find_unknown_names(const Pass& pass, const Registry& registry,
                               const BoundSource& bound);

}  // namespace combiner
