// ArtifactFacts → a test of each case of which the author knows the outcome.
//
//   /// example: {sinks 2, window 3} rows 10 -> keeps 0 1 7 8 9
//   TEST(StreamingLlm_example, line_9) {
//     Example(kDescription, {{"sinks", 2}, {"window", 3}}).rows({10}).keeps("0 1 7 8 9");
//   }
#pragma once

#include "combiner/artifact_facts.h"
#include "combiner/describe_call.h"

namespace combiner {

/// A method that a test can call.
struct CallableMethod {
  std::string name;  // as the test says it: of overloads, the second is called <name>_2
  const MethodFacts* facts = nullptr;
  DescribedCall call;
};

struct PrintedExamples {
  std::string text;
  size_t count = 0;
  Diagnostics diagnostics;  // at the author's lines
};

/// `has_rounds`: a cache stands beside the artifact, and can be given tokens.
PrintedExamples print_examples(const ArtifactFacts& facts,
                               const std::vector<CallableMethod>& methods, bool has_rounds);

}  // namespace combiner
