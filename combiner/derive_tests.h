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

struct DeriveOptions {
  std::string artifact = {};  // of those that the header declares; empty: all
  std::string folder = {};    // where the tests belong, with what is kept of them; empty: the
                              // project's generated/tests
  std::string service = {};   // the header of the one whose peers are meant; empty: what they are
                              // follows from how they are used
  bool accepts = false;       // outcomes will be there, whether or not they are now
};

/// `request.service` is the artifact's header. Nothing here touches the disk but through `files`.
Derived derive_tests(const Request& request, const DeriveOptions& options, Files files);

}  // namespace combiner
