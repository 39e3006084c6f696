// A method's body, as written → which settings and arguments it refuses at its beginning, whatever
// else holds: `if (self.window < 1) throw std::runtime_error("compressor.window is below 1");`
#pragma once

#include <vector>

#include "clang/AST/Decl.h"
#include "combiner/artifact_facts.h"

namespace combiner {

/// Those that are compared with a constant, each side of each once. An `if` that does nothing is
/// taken for one that forgot to throw.
std::vector<RefusalFacts> read_refusals(const clang::FunctionDecl* method);

}  // namespace combiner
