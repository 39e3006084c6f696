// BoundSource → Program: Clang parses it, once for the host and, for CUDA, once for the device.
#pragma once

#include "combiner/preambles.h"
#include "combiner/program.h"

namespace combiner {

/// With `local_only`, errors in a third party's templates may be left to whoever parses the
/// emission.
Result<Program> instantiate(const Request& request, const SourceTree& sources,
                            const Registry& registry, const BoundSource& bound,
                            const Preambles& preambles, bool local_only, Files files);

}  // namespace combiner
