// Request, SourceTree → ArtifactFacts of each artifact that one header defines: a pass of Clang
// over the header alone, without a service.
#pragma once

#include "combiner/artifact_facts.h"
#include "combiner/parse.h"

namespace combiner {

/// `request.service` is the artifact's header; `name` is one of its artifacts, or empty for all.
Result<std::vector<ArtifactFacts>> read_artifacts(const Request& request, const SourceTree& sources,
                                                  const std::string& name, Files files);

}  // namespace combiner
