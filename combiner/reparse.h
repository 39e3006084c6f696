// Emission → Diagnostics: it must compile alone, as C++20, with no include path into the project.
#pragma once

#include "combiner/preambles.h"

namespace combiner {

Diagnostics reparse(const Request& request, const Emission& emission, const SourceTree& sources,
                    const Preambles& preambles, Files files);

}  // namespace combiner
