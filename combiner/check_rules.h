// SourceTree, Registry → Diagnostics: rules that would say nothing, or two things, or what nobody
// knows. Read without types, so at every scale.
#pragma once

#include "combiner/values.h"

namespace combiner {

void check_rules(const SourceTree& sources, const Registry& registry, Diagnostics& diagnostics);

}  // namespace combiner
