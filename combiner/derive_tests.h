// Request → tests of the artifacts that one header declares: the spine of `combine test`, as
// combine.h is that of services.
#pragma once

#include "combiner/artifact_facts.h"
#include "combiner/parse.h"
#include "combiner/print_test.h"

namespace combiner {

/// The tests of one artifact.
struct DerivedTest {
  ArtifactFacts facts;
  std::string name;  // of the file, e.g. streaming_llm_test.cpp
  PrintedTest printed;
};

struct Derived {
  std::vector<DerivedTest> tests;
  Diagnostics diagnostics;
  SourceTree sources;
};

/// `request.service` is the artifact's header; `name` is one of its artifacts, or empty for all.
/// Nothing here touches the disk but through `files`.
Derived derive_tests(const Request& request, const std::string& name, Files files);

}  // namespace combiner
