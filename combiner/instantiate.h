// BoundSource → Program: Clang parses it, once for the host and, for CUDA, once for the device.
#pragma once

#include "combiner/preambles.h"
#include "combiner/program.h"

namespace combiner {

Result<Program> instantiate(const Request& request, const SourceTree& sources,
                            const Registry& registry, const BoundSource& bound,
                            const Preambles& preambles, Files files);

}  // namespace combiner
