// Diagnostics → SARIF 2.1.0, for editors, code hosts and scripts.
#pragma once

#include <string>

#include "combiner/diagnostics.h"

namespace combiner {

/// One run with every name of diagnostics.def as a rule. A note with a place is a related location;
/// one without is a line of the message; a fix is a replacement. Paths are relative to `directory`,
/// which is SRCROOT, where they lie below it; columns count code points.
std::string print_sarif(const Diagnostics& diagnostics, const SourceTree& sources,
                        const std::string& directory, const std::string& version);

}  // namespace combiner
