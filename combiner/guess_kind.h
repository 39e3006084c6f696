// ArtifactFacts → which kind of artifact it is, and why. What it calls of its peers decides, and
// what its methods take and return: its own names are the author's to choose.
#pragma once

#include <utility>

#include "combiner/artifact_facts.h"

namespace combiner {

/// Does it take a path, and what a loader fills: a LlamaConfig and LlamaWeights?
bool fills_a_model(const MethodFacts& method);

std::pair<ArtifactKind, std::string> guess_kind(const ArtifactFacts& facts);

}  // namespace combiner
