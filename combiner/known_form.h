// ArtifactFacts → the methods by which laws of its kind know an artifact, made of its own: what
// they are is told by their shape, whatever the author calls them.
#pragma once

#include "combiner/artifact_facts.h"

namespace combiner {

/// A method that laws call.
struct KnownMethod {
  std::string name;        // as laws say it, e.g. forward
  std::string definition;  // that calls the artifact's own; empty where that has this form
};

/// Empty when the artifact is of no form that laws of its kind can call.
std::vector<KnownMethod> known_form(const ArtifactFacts& facts);

}  // namespace combiner
