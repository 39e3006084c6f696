// BoundSource × Crop → BoundSource, in which calls that cross ranks say how. The text is bound
// text, and is parsed once more: what it calls is reached as if the author had written it.
#pragma once

#include "combiner/crop.h"

namespace combiner {

BoundSource lower_calls(const Request& request, const BoundSource& bound, const Program& program,
                        const Registry& registry, const Crop& crop);

}  // namespace combiner
