// ArtifactFacts → the text of its test: what of it may be set and called, and which laws it is held
// to. The only file that knows how a test is written; what it includes is testing/.
#pragma once

#include "combiner/kept_failures.h"
#include "combiner/testing_library.h"

namespace combiner {

struct PrintedTest {
  std::string text;
  std::string fuzz;                // the text of its target for libFuzzer
  size_t checks = 0;               // tests that assert something of the artifact's own
  std::vector<Untested> untested;  // what no test reaches, and why; the facts' own among them
  Diagnostics diagnostics;         // of annotations that say nothing of this artifact
};

/// What stands beside a test, and is part of it.
struct Beside {
  std::vector<KeptFailure> kept;  // what broke a law before
  std::string golden;             // the name of the file of accepted outcomes; empty: none are
};

PrintedTest print_test(const ArtifactFacts& facts, const TestingLibrary& library,
                       const Beside& beside);

}  // namespace combiner
