// Registry → every resource that an artifact can reach: signature, comment, where it lives.
#pragma once

#include "combiner/values.h"

namespace combiner {

std::string list_resources(const Registry& registry, const SourceTree& sources);

}  // namespace combiner
