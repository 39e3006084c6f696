// ArtifactFacts → the same, with what the author's comments say to tests: ranges, examples,
// exceptions.
#pragma once

#include "combiner/artifact_facts.h"

namespace combiner {

Diagnostics attach_annotations(const SourceTree& sources, ArtifactFacts& facts);

}  // namespace combiner
