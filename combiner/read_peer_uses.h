// Bodies of an artifact's methods, as written → what they reach through `self`. Nothing is
// instantiated: without a service, what a peer is depends on a template parameter.
#pragma once

#include "clang/AST/DeclCXX.h"
#include "combiner/artifact_facts.h"

namespace combiner {

/// Adds peers, hooks, device and world, from the methods of `record` and of its bases.
void read_peer_uses(const clang::CXXRecordDecl* record, ArtifactFacts& facts);

}  // namespace combiner
