// SourceTree → Registry: which artifacts a service registers, under which names, placed how, and
// how its program is started.
#pragma once

#include "combiner/values.h"

namespace combiner {

Result<Registry> read_registry(const Request& request, const SourceTree& sources);

/// Headers that define the artifacts named by --with and that the service does not include: what
/// read_sources must read as well. `candidates` are the headers below the artifact folders.
Result<std::vector<std::string>> find_slot_headers(const Request& request,
                                                   const SourceTree& sources,
                                                   const std::vector<SourceFile>& candidates);

}  // namespace combiner
