// Pass behind a preamble → whether the preamble makes a difference.
#pragma once

#include "combiner/program.h"

namespace combiner {

/// Is everything that local text names declared in headers that stand before the end of its file,
/// included by it or by others? A preamble holds more. "No" may also be said of what is right.
bool includes_what_it_names(const Pass& pass);

}  // namespace combiner
