// What Clang says of the bound source → what the author is told: one error per mistake, at the
// author's own line, with the candidates, and a way out.
#pragma once

#include "combiner/collect_messages.h"
#include "combiner/program.h"

namespace combiner {

Diagnostics explain_errors(const std::vector<ClangMessage>& messages, const Pass* pass,
                           const Registry& registry, const BoundSource& bound);

}  // namespace combiner
