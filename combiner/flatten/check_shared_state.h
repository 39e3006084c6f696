// Live → Diagnostics: variables that each source has for itself, and one file would have once.
#pragma once

#include "combiner/flatten/shake.h"

namespace combiner {

Diagnostics check_shared_state(const SourceProgram& program, const Live& live);

}  // namespace combiner
