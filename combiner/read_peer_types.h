// ArtifactFacts, a service → the same facts, with the types that the service's artifacts declare
// for what is asked of them. Nothing is instantiated: the peers' headers are read as they are.
#pragma once

#include "combiner/artifact_facts.h"
#include "combiner/parse.h"

namespace combiner {

/// `request` is the artifact's, `service` the path of the service's header. The headers that
/// declare peers are added to `sources`: a test of it includes them.
Diagnostics read_peer_types(const Request& request, const std::string& service, Files files,
                            SourceTree& sources, std::vector<ArtifactFacts>& artifacts);

}  // namespace combiner
