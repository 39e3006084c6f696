// Registry → BoundSource: the one translation unit in which every artifact is bound to its
// siblings.
#pragma once

#include "combiner/values.h"

namespace combiner {

/// Before, in an artifact:            `self.kv_cache.length(layer)`, with no kv_cache in sight
/// After, through <coop/artifact.h>:   every artifact inherits `static coop_bound::kv_cache&
/// kv_cache`, and each registered member has a type of its own, so that Clang tells two instances
/// apart.
Result<BoundSource> bind_siblings(const Request& request, const SourceTree& sources,
                                  const Registry& registry);

}  // namespace combiner
