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
  std::string path;         // where it belongs, e.g. .../generated/tests/streaming_llm_test.cpp
  std::string kept_path;    // of what is kept beside it, e.g. .../streaming_llm.kept
  std::string kept;         // the text there; empty when there is no such file
  std::string golden_path;  // of outcomes that were accepted, e.g. .../streaming_llm.golden
  PrintedTest printed;
};

struct Derived {
  std::vector<DerivedTest> tests;
  Diagnostics diagnostics;
  SourceTree sources;
};

/// `request.service` is the artifact's header; `name` is one of its artifacts, or empty for all;
/// `folder` is where the tests belong, and what broke a law before is looked for: empty for
/// generated/tests of the project. `accepts`: outcomes will be there, whether or not they are now.
/// Nothing here touches the disk but through `files`.
Derived derive_tests(const Request& request, const std::string& name, const std::string& folder,
                     bool accepts, Files files);

}  // namespace combiner
