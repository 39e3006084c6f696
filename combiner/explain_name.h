// Findings, a name → why it is in the emitted file, or why it is not.
#pragma once

#include "combiner/findings.h"

namespace combiner {

/// For everything that `name` may mean (kv_cache, kv_cache.append, append, rms_norm, INT_MAX,
/// <vector>): the chain of uses from the entry; of what was cropped, who names it, and the
/// condition that decided. An unknown name is an error with candidates.
Result<std::string> explain_name(const std::string& name, const Findings& findings,
                                 const Registry& registry, const SourceTree& sources);

}  // namespace combiner
